import { type Clock, cancellationError, createProblems, HoldfastError, systemClock } from '@holdfast/contracts'
import { currentContext, runWithContext } from '@holdfast/contracts/context'
import { CallAttempt } from './call-attempt.ts'
import { abandon, abandonedError, siteOf, source, started } from './cancellable.ts'
import { createPolicy, type Execute } from './create-policy.ts'
import { createDeadlineWheel, type WheelEntry } from './deadline-wheel.ts'
import type { ExecuteOptions, Policy, Work } from './policy.ts'
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
 * timer of its own. A result that comes later goes to `onAbandoned`.
 */
export const timeout = (options: TimeoutOptions = {}): Policy => {
  const { timeoutMs, propagate, clock } = parseTimeoutOptions(options)
  const wheel = createDeadlineWheel(clock)

  const execute: Execute = <T>(
    work: Work<T>,
    options: ExecuteOptions<T>,
    parent: CallAttempt | undefined,
  ): Promise<T> => {
    const now = clock.monotonicNow()
    const deadline = earliestDeadline(now + timeoutMs, options.deadline, propagate)
    if (parent?.error !== undefined) return Promise.reject(parent.error)
    // Not read inside another policy: that would build it.
    const signal = parent === undefined ? options.signal : undefined
    if (signal?.aborted) return Promise.reject(cancellationError(signal, siteOf(options)))
    if (deadline <= now) return Promise.reject(deadlineError(options, false))
    return new Promise<T>((resolve, reject) => {
      const attempt = new CallAttempt(options.attempt ?? parent?.attempt ?? 1, deadline)
      const entry: WheelEntry = {
        deadline,
        onExpired: () => end(deadlineError(options, true)),
        previous: undefined,
        next: undefined,
        slot: -1,
      }
      const onAbort = (): void => {
        if (signal !== undefined) end(abandonedError(cancellationError(signal, siteOf(options))))
      }
      const release = (): void => {
        wheel.remove(entry)
        signal?.removeEventListener('abort', onAbort)
      }
      const end = (error: HoldfastError): void => {
        release()
        reject(error)
        attempt.abort(error)
      }
      signal?.addEventListener('abort', onAbort, { once: true })
      parent?.subscribe(end)
      wheel.add(entry)
      const run = propagate ? runWithContext({ deadline }, () => started(work, attempt)) : started(work, attempt)
      run.then(
        (value) => {
          release()
          if (attempt.error === undefined) resolve(value)
          else abandon(options, value)
        },
        (error) => {
          release()
          reject(error)
        },
      )
    })
  }
  return createPolicy(execute)
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

/** The earliest of the deadlines that a call has. */
export const earliestDeadline = (own: number, caller: number | undefined, propagate: boolean): number => {
  const context = propagate ? currentContext()?.deadline : undefined
  const deadline = caller === undefined || caller > own ? own : caller
  return context === undefined || context > deadline ? deadline : context
}

/** The error of a call that ran out of time, before it began or after. */
export const deadlineError = (
  { operation = 'execute' }: { readonly operation?: string | undefined },
  hasBegun: boolean,
): HoldfastError =>
  new HoldfastError({
    code: 'TIMEOUT',
    reason: 'DEADLINE_EXCEEDED',
    source,
    operation,
    message: hasBegun ? `${operation} was not done at its deadline.` : `${operation} was called after its deadline.`,
    hint: 'Give it more time, or look at what the backend is waiting for.',
    details: hasBegun ? { outcome: 'unknown' } : {},
  })
