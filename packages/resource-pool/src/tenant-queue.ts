import type { Waiter } from './waiter.ts'

/** Places of a queue at first, a power of two. */
const initialPlaces = 16

/**
 * Those of one tenant that wait, in the order in which they came: a ring. Who gives up is marked and skipped when its turn
 * comes, so that leaving costs the same wherever one stands; the ring is tidied when half of it has left.
 */
export class TenantQueue<T> {
  readonly tenant: string | undefined
  /** Turns it gets for each turn of a tenant with weight 1. */
  weight: number
  /** Turns it has saved up. */
  deficit = 0
  /** How often others were served although it was its turn, since it was served last. */
  overtaken = 0
  /** The tenants before and after it in the round; itself when it is alone. */
  previous: TenantQueue<T> = this
  next: TenantQueue<T> = this
  /** How many wait. */
  length = 0
  #ring: (Waiter<T> | undefined)[] = new Array(initialPlaces).fill(undefined)
  #first = 0
  /** Places taken, also by those who have left. */
  #taken = 0

  constructor(tenant: string | undefined, weight: number) {
    this.tenant = tenant
    this.weight = weight
  }

  /** For how many it has room. */
  get places(): number {
    return this.#ring.length
  }

  push(waiter: Waiter<T>): void {
    if (this.#taken === this.#ring.length) this.#tidy()
    const ring = this.#ring
    ring[(this.#first + this.#taken) & (ring.length - 1)] = waiter
    this.#taken += 1
    this.length += 1
  }

  /** Removes the one that has waited longest and marks it as gone. */
  shift(): Waiter<T> | undefined {
    const ring = this.#ring
    const mask = ring.length - 1
    while (this.#taken > 0) {
      const first = this.#first
      const waiter = ring[first]
      ring[first] = undefined
      this.#first = (first + 1) & mask
      this.#taken -= 1
      if (waiter !== undefined && !waiter.hasLeft) {
        waiter.hasLeft = true
        this.length -= 1
        return waiter
      }
    }
    return undefined
  }

  /** Marks one that gives up. */
  leave(waiter: Waiter<T>): void {
    if (waiter.hasLeft) return
    waiter.hasLeft = true
    this.length -= 1
    if (this.#taken > initialPlaces && this.length < this.#taken / 2) this.#tidy()
  }

  /** Those who wait, the first first. The queue must not be changed meanwhile. */
  *[Symbol.iterator](): Generator<Waiter<T>> {
    const ring = this.#ring
    for (let index = 0; index < this.#taken; index++) {
      const waiter = ring[(this.#first + index) & (ring.length - 1)]
      if (waiter !== undefined && !waiter.hasLeft) yield waiter
    }
  }

  /** Calls `visit` for those who came last, from the end, until it says false. */
  visitNewest(visit: (waiter: Waiter<T>) => boolean): void {
    const ring = this.#ring
    for (let index = this.#taken - 1; index >= 0; index--) {
      const waiter = ring[(this.#first + index) & (ring.length - 1)]
      if (waiter !== undefined && !visit(waiter)) return
    }
  }

  /** Moves those who wait to the front of a ring that has at least as many places free as taken. */
  #tidy(): void {
    const waiters = [...this]
    let places = initialPlaces
    while (places < waiters.length * 2) places *= 2
    const ring: (Waiter<T> | undefined)[] = new Array(places).fill(undefined)
    for (const [index, waiter] of waiters.entries()) ring[index] = waiter
    this.#ring = ring
    this.#first = 0
    this.#taken = waiters.length
  }
}
