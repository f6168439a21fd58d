import type { Clock, Timer } from '@holdfast/contracts'

/** A clock that stands still until it is moved. */
export interface FakeClock extends Clock {
  /** Moves both clocks forward, firing the timers that fall due in the order of their times, each at its own time. */
  advance(byMs: number): void
  /** The same, and lets promise callbacks run between the timers. */
  advanceAsync(byMs: number): Promise<void>
  /** Sets the wall clock, backwards too, as an operator or NTP would. The monotonic clock and the timers do not move. */
  setWall(wallMs: number): void
  /** How many timers are set: 0 when nothing was left behind. */
  readonly pendingTimers: number
}

/** Options of {@link createFakeClock}. */
export interface FakeClockOptions {
  /** Wall time at the beginning in milliseconds since 1970. Default 2026-01-01T00:00:00.000Z. */
  readonly wallMs?: number
}

/** Makes a {@link FakeClock}. */
export const createFakeClock = ({ wallMs = Date.UTC(2026, 0, 1) }: FakeClockOptions = {}): FakeClock => {
  let wall = wallMs
  let monotonic = 0
  let sequence = 0
  const timers = new Set<PendingTimer>()

  const moveTo = (target: number): void => {
    wall += target - monotonic
    monotonic = target
  }
  const nextDue = (limit: number): PendingTimer | undefined => {
    let next: PendingTimer | undefined
    for (const timer of timers) {
      if (timer.dueAt > limit) continue
      if (next === undefined || timer.dueAt < next.dueAt || (timer.dueAt === next.dueAt && timer.order < next.order)) {
        next = timer
      }
    }
    return next
  }
  const fire = (timer: PendingTimer): void => {
    timers.delete(timer)
    moveTo(Math.max(monotonic, timer.dueAt))
    timer.callback()
  }

  return {
    wallNow: () => wall,
    monotonicNow: () => monotonic,
    setTimer(callback, delayMs): Timer {
      const timer = { callback, dueAt: monotonic + Math.max(0, delayMs), order: sequence++ }
      timers.add(timer)
      return { cancel: () => void timers.delete(timer) }
    },
    advance(byMs) {
      const target = monotonic + byMs
      for (let timer = nextDue(target); timer !== undefined; timer = nextDue(target)) fire(timer)
      moveTo(target)
    },
    async advanceAsync(byMs) {
      const target = monotonic + byMs
      await settlePromises()
      for (let timer = nextDue(target); timer !== undefined; timer = nextDue(target)) {
        fire(timer)
        await settlePromises()
      }
      moveTo(target)
      await settlePromises()
    },
    setWall(wallMs) {
      wall = wallMs
    },
    get pendingTimers() {
      return timers.size
    },
  }
}

interface PendingTimer {
  readonly callback: () => void
  readonly dueAt: number
  readonly order: number
}

/** Lets every promise callback that is ready run, and those they make ready: setImmediate comes after the microtasks. */
const settlePromises = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
