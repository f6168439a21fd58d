import type { Clock } from '@holdfast/contracts'

/** How long a reading of the clock is kept, in milliseconds. */
const resolutionMs = 1

/**
 * The moments at which entries go, by slot. Made only when the first entry has one, so a cache without TTLs pays nothing.
 *
 * The clock is read at most once per millisecond, since a reading costs more than a hit. The first one arms a timer that
 * forgets it; nothing is armed while nobody reads, so an idle process never wakes. Within one turn of the event loop
 * time stands still.
 */
export class Expiry {
  readonly #clock: Clock
  /** The reading that is kept, on the monotonic clock; NaN when there is none. */
  #reading = Number.NaN
  /** Until when the entry is fresh. */
  #freshUntil = new Float64Array(0)
  /** Until when it is kept for those who take stale values; absent until somebody does. */
  #keptUntil: Float64Array<ArrayBuffer> | undefined
  /**
   * Until when it may go unused and how many milliseconds that is, side by side, so that a use touches one line of the
   * processor's cache; absent until an entry has an idle TTL.
   */
  #idle: Float64Array<ArrayBuffer> | undefined

  constructor(clock: Clock, length: number) {
    this.#clock = clock
    this.grow(length)
  }

  /** Makes room for slots below `length`. */
  grow(length: number): void {
    this.#freshUntil = extended(this.#freshUntil, length)
    if (this.#keptUntil !== undefined) this.#keptUntil = extended(this.#keptUntil, length)
    if (this.#idle !== undefined) this.#idle = extended(this.#idle, length * 2)
  }

  /** Starts the life of an entry: `ttlMs` fresh, then `graceMs` stale, and gone after `idleMs` without a use. Each can be Infinity. */
  start(slot: number, ttlMs: number, graceMs: number, idleMs: number): void {
    const now = this.#now()
    const freshUntil = now + ttlMs
    this.#freshUntil[slot] = freshUntil
    if (graceMs > 0) this.#keptUntil ??= Float64Array.from(this.#freshUntil)
    if (this.#keptUntil !== undefined) this.#keptUntil[slot] = freshUntil + graceMs
    if (idleMs !== Number.POSITIVE_INFINITY) this.#idle ??= extended(new Float64Array(0), this.#freshUntil.length * 2)
    if (this.#idle !== undefined) {
      this.#idle[slot * 2] = now + idleMs
      this.#idle[slot * 2 + 1] = idleMs
    }
  }

  /** Whether the entry is fresh, and if so starts its idle time again. The hot path of every hit. */
  touch(slot: number): boolean {
    const now = this.#now()
    if (now >= (this.#freshUntil[slot] ?? 0)) return false
    const idle = this.#idle
    if (idle === undefined) return true
    if (now >= (idle[slot * 2] ?? 0)) return false
    idle[slot * 2] = now + (idle[slot * 2 + 1] ?? 0)
    return true
  }

  /** Whether the entry is fresh. */
  isFresh(slot: number): boolean {
    return this.freshForMs(slot) > 0 && this.idleForMs(slot) > 0
  }

  /** Milliseconds for which it is still fresh, 0 or less when it is stale. */
  freshForMs(slot: number): number {
    return (this.#freshUntil[slot] ?? 0) - this.#now()
  }

  /** Milliseconds until it is gone also for those who take stale values. */
  keptForMs(slot: number): number {
    return (this.#keptUntil?.[slot] ?? this.#freshUntil[slot] ?? 0) - this.#now()
  }

  /** Milliseconds it may still go unused. */
  idleForMs(slot: number): number {
    return (this.#idle?.[slot * 2] ?? Number.POSITIVE_INFINITY) - this.#now()
  }

  /** What a dump says of it; what is never is left out. */
  dumped(slot: number): { readonly ttlMs?: number; readonly graceMs?: number; readonly idleTtlMs?: number } {
    const ttlMs = this.freshForMs(slot)
    const graceMs = this.keptForMs(slot) - ttlMs
    const idleTtlMs = this.#idle?.[slot * 2 + 1] ?? Number.POSITIVE_INFINITY
    return {
      ...(ttlMs === Number.POSITIVE_INFINITY ? {} : { ttlMs }),
      ...(graceMs > 0 && graceMs !== Number.POSITIVE_INFINITY ? { graceMs } : {}),
      ...(idleTtlMs === Number.POSITIVE_INFINITY ? {} : { idleTtlMs }),
    }
  }

  /** Milliseconds until it may be removed. */
  remainingMs(slot: number): number {
    return Math.min(this.keptForMs(slot), this.idleForMs(slot))
  }

  #now(): number {
    const reading = this.#reading
    return Number.isNaN(reading) ? this.#read() : reading
  }

  #read(): number {
    const now = this.#clock.monotonicNow()
    this.#reading = now
    this.#clock.setTimer(this.forgetReading, resolutionMs)
    return now
  }

  /** Has the clock read anew, for who must not miss what expires in this very millisecond. */
  readonly forgetReading = (): void => {
    this.#reading = Number.NaN
  }
}

const extended = (array: Float64Array<ArrayBuffer>, length: number): Float64Array<ArrayBuffer> => {
  const longer = new Float64Array(length).fill(Number.POSITIVE_INFINITY)
  longer.set(array)
  return longer
}
