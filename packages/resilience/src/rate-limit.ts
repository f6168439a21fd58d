import { type Clock, createProblems, HoldfastError, systemClock } from '@holdfast/contracts'
import { CallAttempt } from './call-attempt.ts'
import { cancellable, siteOf, source, started } from './cancellable.ts'
import { createPolicy, type Execute } from './create-policy.ts'
import { guardOpening } from './guard-opening.ts'
import type { Policy } from './policy.ts'
import { requireClock } from './require-clock.ts'
import { TokenBucket } from './token-bucket.ts'

/** Options of {@link rateLimit}. */
export interface RateLimitOptions {
  /** Calls per second in the long run: more than 0. */
  readonly perSecond: number
  /** Calls that may come at once after a pause: at least 1. Default: as many as come in a second. */
  readonly burst?: number
  readonly clock?: Clock
}

/**
 * Refuses calls beyond a rate with RATE_LIMITED, and says in `retryAfterMs` when the next one may come; a retry outside
 * waits that long. A token bucket: calls that are left out are saved up, as far as `burst`.
 */
export const rateLimit = ({
  perSecond,
  burst = Math.max(1, perSecond),
  clock = systemClock,
}: RateLimitOptions): Policy => {
  const problems = createProblems(source, 'rateLimit')
  problems.require(Number.isFinite(perSecond) && perSecond > 0, 'perSecond', perSecond, 'more than 0')
  problems.require(Number.isFinite(burst) && burst >= 1, 'burst', burst, '1 or more')
  requireClock(problems, clock)
  problems.throwIfAny()
  const bucket = new TokenBucket(burst, perSecond, clock)
  const execute: Execute = (runnable, options, parent) =>
    bucket.take()
      ? started(runnable, parent ?? new CallAttempt(options.attempt ?? 1, options.deadline))
      : Promise.reject(limitedError(options, bucket.waitMs()))
  const limited = cancellable(execute)
  return createPolicy({ execute: limited, openStream: guardOpening(limited) })
}

const limitedError = (options: { readonly operation?: string | undefined }, retryAfterMs: number): HoldfastError =>
  new HoldfastError({
    code: 'RATE_LIMITED',
    ...siteOf(options),
    message: `${siteOf(options).operation} was not tried, because the rate limit of this process is used up.`,
    hint: 'Call again after retryAfterMs.',
    retryAfterMs,
  })
