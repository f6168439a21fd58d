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

/** The real time of this process. */
export const systemClock: Clock = {
  wallNow: () => Date.now(),
  monotonicNow: () => performance.now(),
  setTimer(callback, delayMs, { keepAlive = false } = {}) {
    let remainingMs = delayMs
    let handle: ReturnType<typeof setTimeout>
    const arm = (): void => {
      const stepMs = Math.min(Math.max(0, remainingMs), maxDelayMs)
      remainingMs -= stepMs
      handle = setTimeout(() => (remainingMs > 0 ? arm() : callback()), stepMs)
      // Browsers return a number, which keeps nothing alive.
      if (!keepAlive && typeof handle === 'object') handle.unref()
    }
    arm()
    return { cancel: () => clearTimeout(handle) }
  },
}

/** A point of wall time as records, events and JSON carry it: RFC 3339, UTC, milliseconds. */
export const toTimestamp = (wallMs: number): string => new Date(wallMs).toISOString()
