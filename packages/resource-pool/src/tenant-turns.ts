import { TenantQueue } from './tenant-queue.ts'
import type { Waiter } from './waiter.ts'

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
    return queue.next === queue ? queue.shift() : this.#shiftInTurn(queue)
  }

  /** Lets one go that gives up. */
  leave(waiter: Waiter<T>): void {
    if (waiter.hasLeft) return
    const { queue } = waiter
    queue.leave(waiter)
    this.length -= 1
    if (queue.length === 0 && queue.next !== queue) this.#part(queue)
  }

  /** Forgets what the last ones left behind: a queue that is alone stays, with room for as many as once were in it. */
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
