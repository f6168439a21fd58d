import type { CoarseClock } from './coarse-clock.ts'

/** The moments at which entries go, by slot. Made only when the first entry has one, so a cache without TTLs pays nothing. */
export class Expiry {
  readonly #clock: CoarseClock
  /** Until when the entry is fresh. */
  #freshUntil = new Float64Array(0)
  /** Until when it is kept for those who take stale values; absent until somebody does. */
  #keptUntil: Float64Array<ArrayBuffer> | undefined
  /** Milliseconds it may go unused, and until when it may; absent until an entry has an idle TTL. */
  #idleMs: Float64Array<ArrayBuffer> | undefined
  #idleUntil = new Float64Array(0)

  constructor(clock: CoarseClock, length: number) {
    this.#clock = clock
    this.grow(length)
  }

  /** Makes room for slots below `length`. */
  grow(length: number): void {
    this.#freshUntil = extended(this.#freshUntil, length)
    if (this.#keptUntil !== undefined) this.#keptUntil = extended(this.#keptUntil, length)
    if (this.#idleMs !== undefined) {
      this.#idleMs = extended(this.#idleMs, length)
      this.#idleUntil = extended(this.#idleUntil, length)
    }
  }

  /** Starts the life of an entry: `ttlMs` fresh, then `graceMs` stale, and gone after `idleMs` without a use. Each can be Infinity. */
  start(slot: number, ttlMs: number, graceMs: number, idleMs: number): void {
    const now = this.#clock.now()
    const freshUntil = now + ttlMs
    this.#freshUntil[slot] = freshUntil
    if (graceMs > 0) this.#keptUntil ??= Float64Array.from(this.#freshUntil)
    if (this.#keptUntil !== undefined) this.#keptUntil[slot] = freshUntil + graceMs
    if (idleMs !== Number.POSITIVE_INFINITY && this.#idleMs === undefined) {
      this.#idleMs = new Float64Array(this.#freshUntil.length).fill(Number.POSITIVE_INFINITY)
      this.#idleUntil = new Float64Array(this.#freshUntil.length).fill(Number.POSITIVE_INFINITY)
    }
    if (this.#idleMs !== undefined) {
      this.#idleMs[slot] = idleMs
      this.#idleUntil[slot] = now + idleMs
    }
  }

  /** Whether the entry is fresh, and if so starts its idle time again. The hot path of every hit. */
  touch(slot: number): boolean {
    const now = this.#clock.now()
    if (now >= (this.#freshUntil[slot] ?? 0)) return false
    if (this.#idleMs === undefined) return true
    if (now >= (this.#idleUntil[slot] ?? 0)) return false
    this.#idleUntil[slot] = now + (this.#idleMs[slot] ?? 0)
    return true
  }

  /** Whether the entry is fresh. */
  isFresh(slot: number): boolean {
    return this.freshForMs(slot) > 0 && this.idleForMs(slot) > 0
  }

  /** Milliseconds for which it is still fresh, 0 or less when it is stale. */
  freshForMs(slot: number): number {
    return (this.#freshUntil[slot] ?? 0) - this.#clock.now()
  }

  /** Milliseconds until it is gone also for those who take stale values. */
  keptForMs(slot: number): number {
    return (this.#keptUntil?.[slot] ?? this.#freshUntil[slot] ?? 0) - this.#clock.now()
  }

  /** Milliseconds it may still go unused. */
  idleForMs(slot: number): number {
    return (this.#idleUntil[slot] ?? Number.POSITIVE_INFINITY) - this.#clock.now()
  }

  /** What a dump says of it; what is never is left out. */
  dumped(slot: number): { readonly ttlMs?: number; readonly graceMs?: number; readonly idleTtlMs?: number } {
    const ttlMs = this.freshForMs(slot)
    const graceMs = this.keptForMs(slot) - ttlMs
    const idleTtlMs = this.#idleMs?.[slot] ?? Number.POSITIVE_INFINITY
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
}

const extended = (array: Float64Array<ArrayBuffer>, length: number): Float64Array<ArrayBuffer> => {
  const longer = new Float64Array(length).fill(Number.POSITIVE_INFINITY)
  longer.set(array)
  return longer
}
