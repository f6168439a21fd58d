import type { Clock } from '@holdfast/contracts'

/** How long a reading is kept, in milliseconds. */
const resolutionMs = 1

/**
 * A monotonic clock that is read at most once per millisecond, since a reading costs more than a cache hit. The first
 * read arms a timer that forgets it; nothing is armed while nobody reads, so an idle process never wakes. Within one
 * turn of the event loop time stands still.
 */
export class CoarseClock {
  readonly #clock: Clock
  #now: number | undefined
  readonly #forget = (): void => {
    this.#now = undefined
  }

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Milliseconds on the monotonic clock. */
  now(): number {
    return this.#now ?? this.#read()
  }

  #read(): number {
    const now = this.#clock.monotonicNow()
    this.#now = now
    this.#clock.setTimer(this.#forget, resolutionMs)
    return now
  }
}
