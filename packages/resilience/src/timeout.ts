import { type Clock, createProblems, systemClock } from '@holdfast/contracts'
import { source } from './cancellable.ts'
import { createPolicy, type PolicyParts } from './create-policy.ts'
import { type DeadlineParts, executeWithDeadline } from './deadline-call.ts'
import { DeadlineWheel } from './deadline-wheel.ts'
import { limitItems } from './limit-items.ts'
import type { Policy } from './policy.ts'
import { requireClock } from './require-clock.ts'

/** Options of {@link timeout}. */
export interface TimeoutOptions {
  /** How long a call may take, in milliseconds: more than 0. Default 5000. */
  readonly timeoutMs?: number | undefined
  /** Whether the deadline of the surrounding context is kept too, and everything the work calls finds this one there. Default false. */
  readonly propagate?: boolean | undefined
  readonly clock?: Clock
}

/** Default of {@link TimeoutOptions.timeoutMs}: long for one answer of a service in the same region, short for a person who waits. */
export const defaultTimeoutMs = 5000

/**
 * Rejects with TIMEOUT, reason DEADLINE_EXCEEDED, when the work is not done in time, and aborts its signal. The deadline is
 * one absolute moment, the earliest of this policy's, the caller's and, with `propagate`, the context's. No call has a
 * timer of its own. A result that comes later goes to `onAbandoned`. Of a stream each
 * item has that time, counted from when it is asked for; a watch, which waits for what has not happened yet, passes.
 */
export const timeout = (options: TimeoutOptions = {}): Policy => {
  const { timeoutMs, propagate, clock } = parseTimeoutOptions(options)
  return createPolicy(timeoutParts({ timeoutMs, propagate, clock, wheel: new DeadlineWheel(clock) }))
}

/** What a timeout is made of. */
export const timeoutParts = (deadline: DeadlineParts): PolicyParts => {
  const execute = executeWithDeadline(deadline)
  return { execute, openStream: limitItems(execute), deadline }
}

/** Fills in the defaults. Throws INVALID_ARGUMENT with every problem. */
export const parseTimeoutOptions = (
  options: TimeoutOptions,
): {
  readonly timeoutMs: number
  readonly propagate: boolean
  readonly clock: Clock
} => {
  const { timeoutMs = defaultTimeoutMs, propagate = false, clock = systemClock } = options
  const problems = createProblems(source, 'timeout')
  problems.require(timeoutMs > 0 && timeoutMs < Number.POSITIVE_INFINITY, 'timeoutMs', timeoutMs, 'more than 0')
  problems.require(typeof propagate === 'boolean', 'propagate', propagate, 'true or false')
  requireClock(problems, clock)
  problems.throwIfAny()
  return { timeoutMs, propagate, clock }
}
