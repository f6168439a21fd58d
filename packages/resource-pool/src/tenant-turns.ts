import { TenantQueue } from './tenant-queue.ts'
import type { Waiter } from './waiter.ts'

/** Room that is kept for those who come next: eight kilobytes. */
const keptPlaces = 1024
/** Least and greatest weight of a tenant. */
const minWeight = 0.01
const maxWeight = 100

/**
 * The queues of all tenants that wait, served in turns by deficit round robin (Shreedhar and Varghese 1995): each turn adds
 * the tenant's weight to what it has saved up, and each lease takes one of that. A lone tenant is a plain queue.
 */
export class TenantTurns<T> {
  readonly #weightOf: (tenant: string | undefined) => number
  readonly #queues = new Map<string | undefined, TenantQueue<T>>()
  /** Whose turn it is; undefined when nobody has waited. */
  #current: TenantQueue<T> | undefined
  length = 0

  constructor(weightOf: (tenant: string | undefined) => number) {
    this.#weightOf = weightOf
  }

  /** The queue of the tenant, made and put at the end of the round if it has none. */
  queueOf(tenant: string | undefined): TenantQueue<T> {
    const current = this.#current
    if (current !== undefined && current.tenant === tenant) return current
    return this.#queues.get(tenant) ?? this.#join(tenant)
  }

  push(waiter: Waiter<T>): void {
    waiter.queue.push(waiter)
    this.length += 1
  }

  /** Removes the waiter whose turn it is. */
  shift(): Waiter<T> | undefined {
    const queue = this.#current
    if (queue === undefined || this.length === 0) return undefined
    this.length -= 1
    if (queue.next !== queue) return this.#shiftInTurn(queue)
    const waiter = queue.shift()
    if (this.length === 0 && queue.places > keptPlaces) this.#part(queue)
    return waiter
  }

  /**
   * Whose turn it is, without taking anybody; asked again it says the same. Those that are held back are passed over, unless
   * nobody else waits.
   */
  turn(isHeldBack: (queue: TenantQueue<T>) => boolean): TenantQueue<T> | undefined {
    const queue = this.#current
    if (queue === undefined || this.length === 0) return undefined
    if (queue.next === queue) {
      // There is nobody whom it owes anything, and whoever comes now comes after it.
      if (queue.deficit < 1) queue.deficit = 1
      return queue
    }
    return this.#advance(queue, this.#areAll(isHeldBack) ? () => false : isHeldBack)
  }

  /** The queue of a tenant that waits. */
  find(tenant: string | undefined): TenantQueue<T> | undefined {
    return this.#queues.get(tenant)
  }

  /** Removes the first of one queue, in turn or not; it pays with its turns, and owes `maxDebt` of them at most. */
  shiftFrom(queue: TenantQueue<T>, maxDebt: number): Waiter<T> | undefined {
    const waiter = queue.shift()
    if (waiter === undefined) return undefined
    this.length -= 1
    if (queue.next === queue) return waiter
    queue.deficit = Math.max(queue.deficit - 1, -maxDebt)
    if (queue.length === 0) this.#part(queue)
    return waiter
  }

  /** Lets one go that gives up. */
  leave(waiter: Waiter<T>): void {
    if (waiter.hasLeft) return
    const { queue } = waiter
    queue.leave(waiter)
    this.length -= 1
    if (queue.length === 0 && queue.next !== queue) this.#part(queue)
  }

  /** Forgets what the last ones left behind: a queue that is alone stays when nobody is in it any more, unless it was a crowd. */
  forgetEmpty(): void {
    if (this.length === 0 && this.#current !== undefined) this.#part(this.#current)
  }

  /** Everybody who waits, tenant by tenant. */
  *[Symbol.iterator](): Generator<Waiter<T>> {
    for (const queue of this.#queues.values()) yield* queue
  }

  queues(): Iterable<TenantQueue<T>> {
    return this.#queues.values()
  }

  #shiftInTurn(from: TenantQueue<T>): Waiter<T> | undefined {
    let queue = from
    while (queue.deficit < 1) {
      queue = queue.next
      queue.deficit += queue.weight
    }
    queue.deficit -= 1
    this.#current = queue
    const waiter = queue.shift()
    if (queue.length === 0) this.#part(queue)
    return waiter
  }

  /** Passes the turn on to the next that has saved up enough. */
  #advance(from: TenantQueue<T>, isHeldBack: (queue: TenantQueue<T>) => boolean): TenantQueue<T> {
    let queue = from
    let passed = 0
    while (queue.deficit < 1 || isHeldBack(queue)) {
      queue = queue.next
      if (!isHeldBack(queue)) queue.deficit += queue.weight
      passed += 1
      if (passed % this.#queues.size === 0) this.#skipRounds(isHeldBack)
    }
    this.#current = queue
    return queue
  }

  /** Credits the rounds at once in which nobody would have enough yet: with debts and small weights there may be thousands. */
  #skipRounds(isHeldBack: (queue: TenantQueue<T>) => boolean): void {
    const queues = [...this.#queues.values()].filter((queue) => !isHeldBack(queue))
    const rounds = Math.min(...queues.map(({ deficit, weight }) => Math.floor((1 - deficit) / weight))) - 1
    if (rounds > 0) for (const queue of queues) queue.deficit += rounds * queue.weight
  }

  #areAll(isHeldBack: (queue: TenantQueue<T>) => boolean): boolean {
    for (const queue of this.#queues.values()) if (!isHeldBack(queue)) return false
    return true
  }

  #join(tenant: string | undefined): TenantQueue<T> {
    this.forgetEmpty()
    const queue = new TenantQueue<T>(tenant, this.#weight(tenant))
    this.#queues.set(tenant, queue)
    const current = this.#current
    if (current === undefined) {
      // Its turn begins now.
      queue.deficit = queue.weight
      this.#current = queue
      return queue
    }
    // Alone, its weight did not matter, and may be an old one.
    if (current.next === current) current.weight = this.#weight(current.tenant)
    queue.previous = current.previous
    queue.next = current
    current.previous.next = queue
    current.previous = queue
    return queue
  }

  #part(queue: TenantQueue<T>): void {
    this.#queues.delete(queue.tenant)
    queue.previous.next = queue.next
    queue.next.previous = queue.previous
    // The turn passes to the one after it, which has not been credited for it yet: the one before hands it on.
    if (this.#current === queue) this.#current = queue.next === queue ? undefined : queue.previous
  }

  /** What the option says, or 1 if that cannot be meant. */
  #weight(tenant: string | undefined): number {
    try {
      const weight = this.#weightOf(tenant)
      return weight > 0 ? Math.min(maxWeight, Math.max(minWeight, weight)) : 1
    } catch {
      return 1
    }
  }
}
