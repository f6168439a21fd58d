import type { Clock, Timer } from '@holdfast/contracts'

/** Shortest time between two sweeps in milliseconds. Reads notice expired entries by themselves: sweeping only frees memory. */
const minIntervalMs = 1000

/**
 * One timer for all entries of a cache. It is set for the moment the next entry can expire, keeps no process alive, and
 * is not set at all while nothing can expire.
 */
export class Sweeper {
  readonly #clock: Clock
  readonly #sweep: () => number
  #timer: Timer | undefined
  #dueAt = Number.POSITIVE_INFINITY
  /** The delay the timer was set with. */
  #delayMs = Number.POSITIVE_INFINITY

  /** `sweep` removes what has expired and answers in how many milliseconds the next entry can; Infinity when none can. */
  constructor(clock: Clock, sweep: () => number) {
    this.#clock = clock
    this.#sweep = sweep
  }

  /** Sees to it that there is a sweep soon after `inMs` milliseconds. */
  expect(inMs: number): void {
    if (inMs === Number.POSITIVE_INFINITY) return
    const delayMs = Math.max(minIntervalMs, inMs)
    // Most entries expire after the sweep that is already set, which the delays alone tell without reading the clock.
    if (delayMs >= this.#delayMs) return
    const dueAt = this.#clock.monotonicNow() + delayMs
    if (dueAt >= this.#dueAt) return
    this.#timer?.cancel()
    this.#dueAt = dueAt
    this.#delayMs = delayMs
    this.#timer = this.#clock.setTimer(this.#run, delayMs)
  }

  /** Takes the timer back. */
  stop(): void {
    this.#timer?.cancel()
    this.#timer = undefined
    this.#dueAt = Number.POSITIVE_INFINITY
    this.#delayMs = Number.POSITIVE_INFINITY
  }

  readonly #run = (): void => {
    this.stop()
    this.expect(this.#sweep())
  }
}
