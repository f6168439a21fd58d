import {
  type Clock,
  createEventHub,
  type ErrorCode,
  type ErrorDetail,
  type EventHub,
  HoldfastError,
  type Logger,
} from '@holdfast/contracts'
import type { RetryPolicy } from './retry-policy.ts'
import { createTokenBucket } from './token-bucket.ts'

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
}

/** What is known of a call when an attempt has failed. */
export interface FailedAttempt {
  readonly operation: string
  readonly attempt: number
  readonly idempotent: boolean
  readonly deadline: number | undefined
}

/** The part of retrying that is no loop: whether, when, and what the caller is told. */
export interface RetryDecider {
  readonly events: EventHub<RetryEvents>
  readonly clock: Clock
  /** The delay before the next attempt in milliseconds; undefined: the error is final. */
  delayAfter(error: unknown, failed: FailedAttempt): number | undefined
  succeeded(operation: string, attempt: number): void
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

/** Makes a {@link RetryDecider}; all its calls share one budget. */
export const createRetryDecider = ({
  policy,
  clock,
  logger,
  random,
  isRetryable,
}: RetryDeciderOptions): RetryDecider => {
  const events = createEventHub<RetryEvents>(logger)
  const { capacity, tokensPerSecond, tokensPerSuccess } = policy.budget
  const bucket = createTokenBucket(capacity, tokensPerSecond, clock)

  const decide = (error: unknown, { attempt, idempotent, deadline }: FailedAttempt): number | undefined => {
    if (attempt > policy.retries || !idempotent || !isRetryable(error)) return undefined
    const delayMs = Math.max(delayOf(policy, attempt, random), retryAfterOf(error))
    if (deadline !== undefined && clock.monotonicNow() + delayMs >= deadline) return undefined
    return bucket.take() ? delayMs : undefined
  }
  return {
    events,
    clock,
    delayAfter(error, failed) {
      const delayMs = decide(error, failed)
      const { operation, attempt } = failed
      const code = HoldfastError.is(error) ? error.code : undefined
      if (delayMs !== undefined) logSafely(logger, { operation, attempt, delayMs, code })
      events.emit('attempt.failed', () => ({ operation, attempt, code, delayMs }))
      return delayMs
    },
    succeeded(operation, attempt) {
      bucket.put(tokensPerSuccess)
      events.emit('attempt.succeeded', () => ({ operation, attempt }))
    },
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

/** The last error, with what the earlier attempts failed with in `details.earlier`. What is no HoldfastError is left as it is. */
export const withEarlier = (error: unknown, earlier: readonly unknown[] | undefined): unknown => {
  if (earlier === undefined || !HoldfastError.is(error)) return error
  return new HoldfastError({
    code: error.code,
    ...(error.reason === undefined ? {} : { reason: error.reason }),
    source: error.source,
    operation: error.operation,
    message: error.message.slice(0, -error.hint.length - 1),
    hint: error.hint,
    retryable: error.retryable,
    ...(error.retryAfterMs === undefined ? {} : { retryAfterMs: error.retryAfterMs }),
    details: { ...error.details, attempts: earlier.length + 1, earlier: earlier.map(describe) },
    cause: error,
  })
}

const describe = (error: unknown): ErrorDetail => {
  if (!HoldfastError.is(error)) return { code: 'unknown' }
  const { code, reason, source, operation } = error
  return { code, source, operation, ...(reason === undefined ? {} : { reason }) }
}
