import type { Clock } from '@holdfast/contracts'
import type { TripPolicy } from './circuit-breaker-options.ts'

/** Remembers how the last calls ended, as far as a {@link TripPolicy} needs to know. */
export interface OutcomeWindow {
  /** Adds one outcome and says whether the circuit has to open. */
  add(isFailure: boolean): boolean
  /** Whether there are too many failures among what it remembers. Failures in a row stay what they are. */
  readonly isTripped: boolean
  clear(): void
}

/** Slices of a rate window: outcomes leave it a tenth at a time. */
const sliceCount = 10

/** Makes the window of a policy. The clock is read only where time matters. */
export const createOutcomeWindow = (trip: TripPolicy, clock: Clock): OutcomeWindow => {
  if (trip.kind === 'consecutive') return new ConsecutiveWindow(trip.failures)
  const { minimumCalls, failureRate } = trip
  return trip.kind === 'count-window'
    ? new CountWindow(trip.size, minimumCalls, failureRate)
    : new RateWindow(trip.windowMs, minimumCalls, failureRate, clock)
}

class ConsecutiveWindow implements OutcomeWindow {
  readonly #limit: number
  #failures = 0

  constructor(limit: number) {
    this.#limit = limit
  }

  add(isFailure: boolean): boolean {
    this.#failures = isFailure ? this.#failures + 1 : 0
    return this.#failures >= this.#limit
  }

  readonly isTripped = true

  clear(): void {
    this.#failures = 0
  }
}

class CountWindow implements OutcomeWindow {
  readonly #size: number
  readonly #minimumCalls: number
  readonly #failureRate: number
  readonly #outcomes: Uint8Array
  #next = 0
  #calls = 0
  #failures = 0

  constructor(size: number, minimumCalls: number, failureRate: number) {
    this.#size = size
    this.#minimumCalls = minimumCalls
    this.#failureRate = failureRate
    this.#outcomes = new Uint8Array(size)
  }

  add(isFailure: boolean): boolean {
    // Nothing but successes is there: it does not matter where in the ring they stand.
    if (!isFailure && this.#failures === 0) {
      if (this.#calls < this.#size) this.#calls += 1
      return false
    }
    const next = this.#next
    if (this.#calls < this.#size) this.#calls += 1
    else this.#failures -= this.#outcomes[next] ?? 0
    this.#outcomes[next] = isFailure ? 1 : 0
    this.#next = next + 1 === this.#size ? 0 : next + 1
    if (!isFailure) return false
    this.#failures += 1
    return this.isTripped
  }

  get isTripped(): boolean {
    return this.#calls >= this.#minimumCalls && this.#failures >= this.#calls * this.#failureRate
  }

  clear(): void {
    // Successes are counted without being written down: what was there before would be taken for them.
    this.#outcomes.fill(0)
    this.#next = 0
    this.#calls = 0
    this.#failures = 0
  }
}

class RateWindow implements OutcomeWindow {
  readonly #sliceMs: number
  readonly #minimumCalls: number
  readonly #failureRate: number
  readonly #clock: Clock
  readonly #calls = new Uint32Array(sliceCount)
  readonly #failures = new Uint32Array(sliceCount)
  #current: number

  constructor(windowMs: number, minimumCalls: number, failureRate: number, clock: Clock) {
    this.#sliceMs = windowMs / sliceCount
    this.#minimumCalls = minimumCalls
    this.#failureRate = failureRate
    this.#clock = clock
    this.#current = Math.floor(clock.monotonicNow() / this.#sliceMs)
  }

  add(isFailure: boolean): boolean {
    const index = this.#move()
    this.#calls[index] = (this.#calls[index] ?? 0) + 1
    if (!isFailure) return false
    this.#failures[index] = (this.#failures[index] ?? 0) + 1
    return this.isTripped
  }

  get isTripped(): boolean {
    const total = sum(this.#calls)
    return total >= this.#minimumCalls && sum(this.#failures) >= total * this.#failureRate
  }

  clear(): void {
    this.#calls.fill(0)
    this.#failures.fill(0)
  }

  /** Empties the slices that have left the window. A clock that jumps back stays in the current one. */
  #move(): number {
    const slice = Math.floor(this.#clock.monotonicNow() / this.#sliceMs)
    for (let passed = Math.max(this.#current + 1, slice - sliceCount + 1); passed <= slice; passed++) {
      this.#calls[passed % sliceCount] = 0
      this.#failures[passed % sliceCount] = 0
    }
    if (slice > this.#current) this.#current = slice
    return this.#current % sliceCount
  }
}

const sum = (values: Uint32Array): number => values.reduce((total, value) => total + value, 0)
