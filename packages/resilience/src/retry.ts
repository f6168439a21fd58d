import {
  type Clock,
  type EventSource,
  HoldfastError,
  type Logger,
  silentLogger,
  systemClock,
} from '@holdfast/contracts'
import { type Ancestor, CallAttempt } from './call-attempt.ts'
import { cancellable, started } from './cancellable.ts'
import { createPolicy, type Execute, type PolicyParts, type Runnable } from './create-policy.ts'
import type { ExecuteOptions, Policy } from './policy.ts'
import { givenUpError, isRetryableError, RetryDecider, type RetryEvents, type StoppedBy } from './retry-decider.ts'
import { parseRetryPolicy, type RetryPolicy, type RetryPolicyOptions } from './retry-policy.ts'
import { retryStream } from './retry-stream.ts'

/** Options of {@link retry}. */
export interface RetryOptions {
  /** How often and when, as plain data. */
  readonly policy?: RetryPolicyOptions
  /** Which errors may go away by themselves. Default: a HoldfastError that is `retryable`, unless a circuit is open. */
  readonly isRetryable?: (error: unknown) => boolean
  /** Hears a warning of each retry with operation, attempt, delay and code. */
  readonly logger?: Logger
  readonly clock?: Clock
  /** Numbers from 0 up to 1, for the jitter. Default Math.random. */
  readonly random?: () => number
}

/** What {@link retry} makes. */
export interface Retry extends Policy, EventSource<RetryEvents> {
  /** The policy with all its defaults: what JSON makes of it makes the same policy again. */
  readonly policy: RetryPolicy
}

/**
 * Tries again what may succeed later and is safe to repeat, with exponential backoff, until the retries, the deadline or
 * the budget that all calls of this policy share are used up. The last error says in `details.earlier` what came before.
 * Of a stream only the opening is tried again, until its first item has come.
 */
export const retry = (options: RetryOptions = {}): Retry => {
  const policy = parseRetryPolicy(options.policy)
  const { isRetryable = isRetryableError, logger = silentLogger, clock = systemClock, random = Math.random } = options
  const decider = new RetryDecider({ policy, isRetryable, logger, clock, random })
  return {
    ...createPolicy(retryParts(decider)),
    policy,
    on: decider.events.on,
    events: decider.events.events,
  }
}

/** What a retry is made of. */
export const retryParts = (decider: RetryDecider): PolicyParts => {
  const execute: Execute = (runnable, options, parent) => runAttempts(decider, runnable, options, parent)
  return { execute: cancellable(execute), openStream: retryStream(decider), decider }
}

/** The first attempt, which is usually the only one, costs no loop. */
const runAttempts = <T>(
  decider: RetryDecider,
  runnable: Runnable<T>,
  options: ExecuteOptions<T>,
  parent: Ancestor | undefined,
): Promise<T> => {
  const deadline = parent === undefined ? options.deadline : parent.deadline
  const isFirst = parent?.attempt === 1 && parent.deadline === deadline
  return started(runnable, isFirst ? parent : new CallAttempt(1, deadline, parent?.ending)).then(
    (value) => {
      decider.succeeded(options, 1)
      return value
    },
    (error) => tryAgain(decider, runnable, options, parent, error),
  )
}

const tryAgain = async <T>(
  decider: RetryDecider,
  runnable: Runnable<T>,
  options: ExecuteOptions<T>,
  parent: Ancestor | undefined,
  firstError: unknown,
): Promise<T> => {
  const deadline = parent === undefined ? options.deadline : parent.deadline
  let error = firstError
  let earlier: unknown[] | undefined
  for (let number = 1; ; number++) {
    if (parent?.error !== undefined) throw error
    const confirmed = await confirm(error, earlier, options)
    if (typeof confirmed === 'object') return confirmed.result
    const next = failed(decider, error, number, deadline, options)
    if (typeof next !== 'number') {
      throw givenUpError(error, { earlier, stoppedBy: next, isDenied: confirmed === 'denied' })
    }
    earlier = earlier === undefined ? [error] : [...earlier, error]
    await sleep(decider.clock, next, parent)
    try {
      const value = await started(runnable, new CallAttempt(number + 1, deadline, parent?.ending))
      decider.succeeded(options, number + 1)
      return value
    } catch (again) {
      error = again
    }
  }
}

/** What comes after a failed attempt: a delay, or why there is none. */
export const failed = <T>(
  decider: RetryDecider,
  error: unknown,
  attempt: number,
  deadline: number | undefined,
  { operation = 'execute', idempotent = true }: ExecuteOptions<T>,
): number | StoppedBy | undefined => decider.delayAfter(error, { operation, attempt, idempotent, deadline })

/** The result of an earlier attempt that failed and had its effect nevertheless, which is why this one met a conflict; or that it had none. */
export const confirm = async <T>(
  error: unknown,
  earlier: readonly unknown[] | undefined,
  { confirm }: ExecuteOptions<T>,
): Promise<{ readonly result: T } | 'denied' | undefined> => {
  if (earlier === undefined || confirm === undefined || !HoldfastError.is(error, 'CONFLICT')) return undefined
  try {
    const result = await confirm()
    return result === undefined ? 'denied' : { result }
  } catch {
    // Whether it arrived cannot be told when that fails too: the conflict is what the caller hears.
    return undefined
  }
}

/** Waits, and rejects at once when the call is ended. */
export const sleep = (clock: Clock, delayMs: number, attempt: Ancestor | undefined): Promise<void> =>
  new Promise((resolve, reject) => {
    const timer = clock.setTimer(resolve, delayMs, { keepAlive: true })
    attempt?.subscribe({
      nextListener: undefined,
      onEnded(error) {
        timer.cancel()
        reject(error)
      },
    })
  })
