import {
  type Clock,
  createEventHub,
  type ErrorCode,
  type ErrorDetail,
  type EventHub,
  HoldfastError,
  type Logger,
} from '@holdfast/contracts'
import { siteOf, source } from './cancellable.ts'
import type { RetryPolicy } from './retry-policy.ts'
import { TokenBucket } from './token-bucket.ts'

/** What a retry policy tells its listeners. */
export interface RetryEvents {
  /** An attempt failed. `delayMs` is absent when no other follows. */
  readonly 'attempt.failed': AttemptEvent
  /** An attempt succeeded. */
  readonly 'attempt.succeeded': AttemptEvent
}

/** One attempt of a call. */
export interface AttemptEvent {
  readonly operation: string
  readonly attempt: number
  readonly code?: ErrorCode | undefined
  /** How long until the next attempt, in milliseconds. */
  readonly delayMs?: number | undefined
  /** Why no other follows, although the error may go away by itself. */
  readonly stoppedBy?: StoppedBy | undefined
}

/** What ends the retries of an error that may go away: they are used up, the deadline comes first, or the budget of the policy is empty. */
export type StoppedBy = 'retries' | 'deadline' | 'budget'

/** What is known of a call when an attempt has failed. */
export interface FailedAttempt {
  readonly operation: string
  readonly attempt: number
  readonly idempotent: boolean
  readonly deadline: number | undefined
}

/** What a {@link RetryDecider} is made of. */
export interface RetryDeciderOptions {
  readonly policy: RetryPolicy
  readonly clock: Clock
  readonly logger: Logger
  readonly random: () => number
  readonly isRetryable: (error: unknown) => boolean
}

/** What is tried again by default: errors that say so themselves. An open circuit says until when it is useless. */
export const isRetryableError = (error: unknown): boolean =>
  HoldfastError.is(error) && error.retryable && error.reason !== 'CIRCUIT_OPEN'

/** The part of retrying that is no loop: whether, when, and what the caller is told. All calls share one budget. */
export class RetryDecider {
  readonly events: EventHub<RetryEvents>
  readonly clock: Clock
  readonly #policy: RetryPolicy
  readonly #logger: Logger
  readonly #random: () => number
  readonly #isRetryable: (error: unknown) => boolean
  readonly #budget: TokenBucket
  readonly #tokensPerSuccess: number

  constructor({ policy, clock, logger, random, isRetryable }: RetryDeciderOptions) {
    this.events = createEventHub<RetryEvents>(logger, source)
    this.clock = clock
    this.#policy = policy
    this.#logger = logger
    this.#random = random
    this.#isRetryable = isRetryable
    this.#budget = new TokenBucket(policy.budget.capacity, policy.budget.tokensPerSecond, clock)
    this.#tokensPerSuccess = policy.budget.tokensPerSuccess
  }

  /** The delay before the next attempt in milliseconds, or why there is none; undefined: the error does not go away, or the call is not safe to repeat. */
  delayAfter(error: unknown, failed: FailedAttempt): number | StoppedBy | undefined {
    const decision = this.#decide(error, failed)
    const { operation, attempt } = failed
    const code = HoldfastError.is(error) ? error.code : undefined
    if (typeof decision === 'number') logSafely(this.#logger, { operation, attempt, delayMs: decision, code })
    this.events.emit('attempt.failed', () => ({
      operation,
      attempt,
      code,
      ...(typeof decision === 'number' ? { delayMs: decision } : { stoppedBy: decision }),
    }))
    return decision
  }

  succeeded(options: { readonly operation?: string | undefined }, attempt: number): void {
    this.#budget.put(this.#tokensPerSuccess)
    if (this.events.hears('attempt.succeeded')) {
      this.events.emit('attempt.succeeded', () => ({ operation: siteOf(options).operation, attempt }))
    }
  }

  #decide(error: unknown, { attempt, idempotent, deadline }: FailedAttempt): number | StoppedBy | undefined {
    if (!idempotent || !this.#isRetryable(error)) return undefined
    if (attempt > this.#policy.retries) return 'retries'
    const delayMs = Math.max(delayOf(this.#policy, attempt, this.#random), retryAfterOf(error))
    if (deadline !== undefined && this.clock.monotonicNow() + delayMs >= deadline) return 'deadline'
    return this.#budget.take() ? delayMs : 'budget'
  }
}

const logSafely = (logger: Logger, fields: Readonly<Record<string, unknown>>): void => {
  try {
    logger.warn(fields, 'an attempt failed and is made again')
  } catch {
    // A logger that throws must not turn a retry into a failure, and there is nowhere else to say so.
  }
}

/** The delay after this attempt, in milliseconds. */
const delayOf = (
  { baseDelayMs, multiplier, maxDelayMs, jitter }: RetryPolicy,
  attempt: number,
  random: () => number,
) => {
  const delayMs = Math.min(maxDelayMs, baseDelayMs * multiplier ** (attempt - 1))
  if (jitter === 'none') return delayMs
  // ±25 %, so that a delay is still recognised for what it is.
  return jitter === 'full' ? delayMs * random() : Math.min(maxDelayMs, delayMs * (0.75 + random() / 2))
}

const retryAfterOf = (error: unknown): number => (HoldfastError.is(error) ? (error.retryAfterMs ?? 0) : 0)

/** What is known of a call when it gives up. */
export interface GivenUp {
  readonly earlier: readonly unknown[] | undefined
  readonly stoppedBy: StoppedBy | undefined
  /** Whether the backend has said that no earlier attempt had its effect. */
  readonly isDenied: boolean
}

/**
 * The last error, with what the earlier attempts failed with in `details.earlier`, why there is no other one in
 * `details.stoppedBy`, and `details.outcome: 'unknown'` where that is true of an earlier attempt. What is no
 * HoldfastError, and a first error that retries had nothing to do with, is left as it is.
 */
export const givenUpError = (error: unknown, { earlier = [], stoppedBy, isDenied }: GivenUp): unknown => {
  const isFirst = earlier.length === 0
  if (!HoldfastError.is(error) || (isFirst && (stoppedBy === undefined || stoppedBy === 'retries'))) return error
  const isUnknown = !isDenied && earlier.some((one) => HoldfastError.is(one) && one.details.outcome === 'unknown')
  return new HoldfastError({
    code: error.code,
    ...(error.reason === undefined ? {} : { reason: error.reason }),
    source: error.source,
    operation: error.operation,
    message: error.message.slice(0, -error.hint.length - 1),
    hint: error.hint,
    retryable: error.retryable,
    ...(error.retryAfterMs === undefined ? {} : { retryAfterMs: error.retryAfterMs }),
    details: {
      ...(isUnknown ? { outcome: 'unknown' } : {}),
      ...error.details,
      attempts: earlier.length + 1,
      ...(isFirst ? {} : { earlier: earlier.map(describe) }),
      ...(stoppedBy === undefined ? {} : { stoppedBy }),
    },
    cause: error,
  })
}

const describe = (error: unknown): ErrorDetail => {
  if (!HoldfastError.is(error)) return { code: 'unknown' }
  const { code, reason, source, operation } = error
  return { code, source, operation, ...(reason === undefined ? {} : { reason }) }
}
