import type { Clock, Timer } from '@holdfast/contracts'
import type { CoarseClock } from './coarse-clock.ts'

/** {@link Upkeep.dueAt} when no round is set: a number that takes no memory of its own, and is read at every release. */
export const notDue = -1

/** Shortest time between two rounds, in milliseconds. */
const minIntervalMs = 50

/**
 * One timer for something that has to be looked at now and then: idle resources, leases that are out. It is set for the moment
 * the next of them is due, keeps no process alive, and is not set at all while there is none.
 */
export class Upkeep {
  readonly #timers: Clock
  readonly #clock: CoarseClock
  readonly #round: (now: number) => number
  #timer: Timer | undefined
  #isStopped = false
  /** When the next round is, in whole milliseconds, or {@link notDue}. */
  dueAt = notDue

  /** `round` does what is due and answers when the next is, Infinity for never, on the pool's clock. */
  constructor(timers: Clock, clock: CoarseClock, round: (now: number) => number) {
    this.#timers = timers
    this.#clock = clock
    this.#round = round
  }

  /** Sees to it that there is a round at `at`, or soon after. */
  expect(at: number): void {
    if (at === Number.POSITIVE_INFINITY || this.#isStopped || (this.dueAt !== notDue && at >= this.dueAt)) return
    this.#timer?.cancel()
    this.dueAt = Math.ceil(at)
    this.#timer = this.#timers.setTimer(this.#run, Math.max(0, at - this.#clock.exact()))
  }

  stop(): void {
    this.#isStopped = true
    this.#timer?.cancel()
    this.#timer = undefined
  }

  readonly #run = (): void => {
    this.#timer = undefined
    this.dueAt = notDue
    this.#clock.tick()
    const now = this.#clock.now()
    this.expect(Math.max(this.#round(now), now + minIntervalMs))
  }
}
