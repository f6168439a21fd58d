import type { Clock } from '@holdfast/contracts'

/** How long a reading of the clock is kept, in milliseconds. */
const resolutionMs = 1
/** A turn of the event loop that lasted longer than this beyond the resolution, in milliseconds, is told as a lag. */
const noticedLagMs = 2

/** What happens when a reading is dropped: `reading` is the one that was kept, `lagMs` how far behind the time it was by then. */
export type OnTick = (reading: number, lagMs: number) => void

/**
 * The time of one pool in whole milliseconds since it was made: small integers, which cost no memory of their own.
 *
 * The clock is read at most once per millisecond, since a reading costs half an acquire. The first one arms a timer that
 * drops it; nothing is armed while nobody asks, so an idle process never wakes. Within one turn of the event loop time stands
 * still: `onTick` hears by how much, and can correct what must not be early.
 */
export class CoarseClock {
  /** Milliseconds since the pool was made, at most one turn of the event loop old; below 0 when it has to be read anew. Who cannot spare a call looks here before {@link now}. */
  reading = -1
  readonly #clock: Clock
  readonly #origin: number
  readonly #onTick: OnTick
  #isStopped = false

  constructor(clock: Clock, onTick: OnTick) {
    this.#clock = clock
    this.#origin = clock.monotonicNow()
    this.#onTick = onTick
  }

  /** Milliseconds since the pool was made, at most one turn of the event loop old. */
  now(): number {
    return this.reading >= 0 ? this.reading : this.#read()
  }

  /** The same, read anew, with its fraction. */
  exact(): number {
    return this.#clock.monotonicNow() - this.#origin
  }

  /** A point of the monotonic clock, such as a deadline, on this one. */
  fromMonotonic(pointMs: number): number {
    return pointMs - this.#origin
  }

  /** Drops the reading, if one is kept. */
  readonly tick = (): void => {
    const { reading } = this
    if (reading < 0) return
    this.reading = -1
    const lagMs = this.exact() - reading
    this.#onTick(reading, lagMs > resolutionMs + noticedLagMs ? lagMs : 0)
  }

  /** Arms no timer any more. */
  stop(): void {
    this.#isStopped = true
    this.reading = -1
  }

  #read(): number {
    const now = Math.max(0, Math.floor(this.exact()))
    if (this.#isStopped) return now
    this.reading = now
    // Kept alive so that whoever waits is not lost when nothing else is left to do: one millisecond harms nobody.
    this.#clock.setTimer(this.tick, resolutionMs, { keepAlive: true })
    return now
  }
}
