import {
  type Clock,
  type EventSource,
  HoldfastError,
  type Logger,
  silentLogger,
  systemClock,
} from '@holdfast/contracts'
import { CallAttempt } from './call-attempt.ts'
import { cancellable } from './cancellable.ts'
import { createPolicy, type Execute } from './create-policy.ts'
import type { ExecuteOptions, Policy, Work } from './policy.ts'
import {
  createRetryDecider,
  isRetryableError,
  type RetryDecider,
  type RetryEvents,
  withEarlier,
} from './retry-decider.ts'
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
  const decider = createRetryDecider({ policy, isRetryable, logger, clock, random })
  const execute: Execute = (work, options, parent) =>
    cancellable(options, parent, (attempt) => runAttempts(decider, work, options, attempt))
  return {
    ...createPolicy(execute, (call, open, options) => retryStream(decider, call, open, options)),
    policy,
    on: decider.events.on,
    events: decider.events.events,
  }
}

const runAttempts = async <T>(
  decider: RetryDecider,
  work: Work<T>,
  options: ExecuteOptions<T>,
  parent: CallAttempt | undefined,
): Promise<T> => {
  const deadline = options.deadline ?? parent?.deadline
  let earlier: unknown[] | undefined
  for (let number = 1; ; number++) {
    try {
      const value = await work(new CallAttempt(number, deadline, parent))
      decider.succeeded(options.operation ?? 'execute', number)
      return value
    } catch (error) {
      if (parent?.error !== undefined) throw error
      const confirmed = await confirm(error, earlier, options)
      if (confirmed !== undefined) return confirmed
      const delayMs = failed(decider, error, number, deadline, options)
      if (delayMs === undefined) throw withEarlier(error, earlier)
      earlier = earlier === undefined ? [error] : [...earlier, error]
      await sleep(decider.clock, delayMs, parent)
    }
  }
}

/** What comes after a failed attempt: a delay, or nothing. */
export const failed = <T>(
  decider: RetryDecider,
  error: unknown,
  attempt: number,
  deadline: number | undefined,
  { operation = 'execute', idempotent = true }: ExecuteOptions<T>,
): number | undefined => decider.delayAfter(error, { operation, attempt, idempotent, deadline })

/** The result of an earlier attempt that failed and had its effect nevertheless, which is why this one met a conflict. */
export const confirm = async <T>(
  error: unknown,
  earlier: readonly unknown[] | undefined,
  { confirm }: ExecuteOptions<T>,
): Promise<T | undefined> => {
  if (earlier === undefined || confirm === undefined || !HoldfastError.is(error, 'CONFLICT')) return undefined
  // Whether it arrived cannot be told when that fails too: the conflict is what the caller hears.
  return confirm().catch(() => undefined)
}

/** Waits, and rejects at once when the call is aborted. */
export const sleep = (clock: Clock, delayMs: number, parent: CallAttempt | undefined): Promise<void> =>
  new Promise((resolve, reject) => {
    const timer = clock.setTimer(resolve, delayMs, { keepAlive: true })
    parent?.subscribe((error) => {
      timer.cancel()
      reject(error)
    })
  })
