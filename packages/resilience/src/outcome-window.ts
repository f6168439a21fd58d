import type { TripPolicy } from './circuit-breaker-options.ts'

/** Remembers how the last calls ended, as far as a {@link TripPolicy} needs to know. */
export interface OutcomeWindow {
  /** Adds one outcome and says whether the circuit has to open. */
  add(isFailure: boolean): boolean
  clear(): void
}

/** Slices of a rate window: outcomes leave it a tenth at a time. */
const sliceCount = 10

/** Makes the window of a policy. `now` is asked only where time matters. */
export const createOutcomeWindow = (trip: TripPolicy, now: () => number): OutcomeWindow => {
  if (trip.kind === 'consecutive') return consecutive(trip.failures)
  return trip.kind === 'count-window'
    ? lastCalls(trip.size, trip.minimumCalls, trip.failureRate)
    : lastMilliseconds(trip.windowMs, trip.minimumCalls, trip.failureRate, now)
}

const consecutive = (limit: number): OutcomeWindow => {
  let failures = 0
  return {
    add(isFailure) {
      failures = isFailure ? failures + 1 : 0
      return failures >= limit
    },
    clear() {
      failures = 0
    },
  }
}

const lastCalls = (size: number, minimumCalls: number, failureRate: number): OutcomeWindow => {
  const outcomes = new Uint8Array(size)
  let next = 0
  let calls = 0
  let failures = 0
  return {
    add(isFailure) {
      if (calls === size) failures -= outcomes[next] ?? 0
      else calls += 1
      outcomes[next] = isFailure ? 1 : 0
      if (isFailure) failures += 1
      next = next + 1 === size ? 0 : next + 1
      return isFailure && calls >= minimumCalls && failures >= calls * failureRate
    },
    clear() {
      next = 0
      calls = 0
      failures = 0
    },
  }
}

const lastMilliseconds = (
  windowMs: number,
  minimumCalls: number,
  failureRate: number,
  now: () => number,
): OutcomeWindow => {
  const sliceMs = windowMs / sliceCount
  const calls = new Uint32Array(sliceCount)
  const failures = new Uint32Array(sliceCount)
  let current = Math.floor(now() / sliceMs)

  /** Empties the slices that have left the window. A clock that jumps back stays in the current one. */
  const move = (): number => {
    const slice = Math.floor(now() / sliceMs)
    for (let passed = Math.max(current + 1, slice - sliceCount + 1); passed <= slice; passed++) {
      calls[passed % sliceCount] = 0
      failures[passed % sliceCount] = 0
    }
    if (slice > current) current = slice
    return current % sliceCount
  }
  const sum = (values: Uint32Array): number => values.reduce((total, value) => total + value, 0)
  return {
    add(isFailure) {
      const index = move()
      calls[index] = (calls[index] ?? 0) + 1
      if (!isFailure) return false
      failures[index] = (failures[index] ?? 0) + 1
      const total = sum(calls)
      return total >= minimumCalls && sum(failures) >= total * failureRate
    },
    clear() {
      calls.fill(0)
      failures.fill(0)
    },
  }
}
