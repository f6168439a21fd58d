import { HoldfastError } from './holdfast-error.ts'

/**
 * Where a package reads time from, so that tests can move it. Expiry of records is wall time; everything else
 * (deadlines, ages, intervals) is monotonic.
 */
export interface Clock {
  /** Milliseconds since 1970 in UTC. May jump, in both directions. */
  wallNow(): number
  /** Milliseconds since an arbitrary start. Never goes back. Deadlines of calls are points on this clock. */
  monotonicNow(): number
  /** Calls `callback` once after at least `delayMs`. By default the timer keeps no process alive; pass `keepAlive` for one that must. */
  setTimer(callback: () => void, delayMs: number, options?: TimerOptions): Timer
}

/** Options of {@link Clock.setTimer}. */
export interface TimerOptions {
  /** Keeps the process running until the timer has fired. Default false. */
  readonly keepAlive?: boolean
}

/** A timer that was set and can be taken back. */
export interface Timer {
  /** Takes the timer back; does nothing when it has fired. */
  cancel(): void
}

/** Longest delay setTimeout takes in milliseconds; a longer one would fire at once (HTML standard, signed 32 bit). */
const maxDelayMs = 2 ** 31 - 1

/** Node makes `performance` of the global object a getter, which costs half of what reading the clock does. */
const { Date: realDate, performance: realPerformance } = globalThis

/** The real time of this process, or that of fake timers, which replace `Date` together with `performance`. */
export const systemClock: Clock = {
  wallNow: () => Date.now(),
  monotonicNow: () => (Date === realDate ? realPerformance.now() : performance.now()),
  setTimer(callback, delayMs, { keepAlive = false } = {}) {
    const dueAt = performance.now() + delayMs
    let handle: ReturnType<typeof setTimeout>
    const arm = (remainingMs: number): void => {
      handle = setTimeout(onTimeout, Math.min(Math.max(0, Math.ceil(remainingMs)), maxDelayMs))
      // Browsers return a number, which keeps nothing alive.
      if (!keepAlive && typeof handle === 'object') handle.unref()
    }
    const onTimeout = (): void => {
      // setTimeout counts whole milliseconds of its own and can be early by a part of one.
      const remainingMs = dueAt - performance.now()
      if (remainingMs > 0) arm(remainingMs)
      else callback()
    }
    arm(delayMs)
    return { cancel: () => clearTimeout(handle) }
  },
}

/** The first moment of the year 10000, which RFC 3339 cannot write any more. */
const endOfTimestamps = Date.UTC(10_000, 0, 1)

/** A point of wall time as records, events and JSON carry it: RFC 3339, UTC, milliseconds. Throws INVALID_ARGUMENT outside of the years 1970 to 9999. */
export const toTimestamp = (wallMs: number): string => {
  if (wallMs >= 0 && wallMs < endOfTimestamps) return new Date(wallMs).toISOString()
  throw new HoldfastError({
    code: 'INVALID_ARGUMENT',
    source: 'contracts',
    operation: 'toTimestamp',
    message: `${wallMs} milliseconds since 1970 is not a moment between the years 1970 and 9999.`,
    hint: 'Check the lifetime or the clock that it was computed from; leave an expiry out when there is none.',
  })
}
