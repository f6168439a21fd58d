import { AsyncLocalStorage } from 'node:async_hooks'
import type { EventSource } from '@holdfast/contracts'
import type { AttemptEvents } from '../calls/attempt-events.ts'

/** How many attempts one call has made so far. */
export interface AttemptCount {
  attempts: number
}

/**
 * Counts the attempts that a retry policy makes for each call: they are told synchronously and in the context of the call,
 * so whatever runs inside `run` finds its own count.
 */
export const createAttemptCounter = (
  source: EventSource<AttemptEvents>,
): { run<T>(count: AttemptCount, work: () => T): T } => {
  const calls = new AsyncLocalStorage<AttemptCount>()
  source.on('attempt.failed', ({ attempt, delayMs }) => {
    const count = calls.getStore()
    // With a delay another attempt follows.
    if (count !== undefined) count.attempts = delayMs === undefined ? attempt : attempt + 1
  })
  return { run: (count, work) => calls.run(count, work) }
}
