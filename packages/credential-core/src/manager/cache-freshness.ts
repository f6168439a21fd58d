import type { Problems } from '@holdfast/contracts'

/** How long what is kept is answered. Durations in milliseconds; none of them outlives the credential's own expiry. */
export interface CacheFreshness {
  /** How long a credential is answered without asking the storage. */
  readonly ttlMs: number
  /** How much of `ttlMs` is taken off at random, so that many processes do not ask at once: 0.1 is up to a tenth. */
  readonly ttlJitter: number
  /** For this long after that it is still answered at once, while one read behind the scenes renews it. */
  readonly staleWhileRevalidateMs: number
  /** For this long after that it is answered when the storage cannot be reached. */
  readonly staleIfErrorMs: number
  /** How long the answer that there is no such credential is remembered. */
  readonly notFoundTtlMs: number
}

/** The options of a manager that say so. */
export interface CacheFreshnessOptions {
  /** How long a cached credential is used, in milliseconds, never past its expiry. `Infinity` is allowed. Default 300,000 (five minutes: how long a change by another process may go unseen). */
  readonly cacheTtlMs?: number | undefined
  /** Up to this part of `cacheTtlMs` is taken off each entry at random, so that processes that started together do not read together: 0 to 0.5. Default 0.1. */
  readonly cacheTtlJitter?: number | undefined
  /** For this long after `cacheTtlMs` a credential is still answered at once, while it is read anew behind the scenes. Default 0: the read is waited for. */
  readonly cacheStaleWhileRevalidateMs?: number | undefined
  /**
   * For this long after `cacheTtlMs` a credential is answered when reading it anew fails because the storage cannot be
   * reached (UNAVAILABLE, TIMEOUT, RATE_LIMITED). Any other failure, such as UNAUTHENTICATED or PERMISSION_DENIED, makes
   * the manager forget it. Default 0: the error is told.
   */
  readonly cacheStaleIfErrorMs?: number | undefined
  /** How long NOT_FOUND is remembered, so that asking for what is not there does not eat the backend's rate limit. Default 0: not at all. */
  readonly cacheNotFoundTtlMs?: number | undefined
}

/** Default of `cacheTtlMs`. */
export const defaultCacheTtlMs = 300_000
/** Default of `cacheTtlJitter`: spreads the reads of a fleet over half a minute of the default TTL. */
const defaultCacheTtlJitter = 0.1

/** The freshness that the options of a manager ask for. */
export const cacheFreshness = (options: CacheFreshnessOptions): CacheFreshness => ({
  ttlMs: options.cacheTtlMs ?? defaultCacheTtlMs,
  ttlJitter: options.cacheTtlJitter ?? defaultCacheTtlJitter,
  staleWhileRevalidateMs: options.cacheStaleWhileRevalidateMs ?? 0,
  staleIfErrorMs: options.cacheStaleIfErrorMs ?? 0,
  notFoundTtlMs: options.cacheNotFoundTtlMs ?? 0,
})

const isNumber = (value: unknown): value is number => typeof value === 'number' && !Number.isNaN(value)

/** Adds what is wrong with them, or that they stand there without a cache. */
export const requireCacheFreshness = (options: CacheFreshnessOptions, hasCache: boolean, problems: Problems): void => {
  const { cacheTtlMs, cacheTtlJitter } = options
  problems.require(
    cacheTtlMs === undefined || (isNumber(cacheTtlMs) && cacheTtlMs > 0),
    'cacheTtlMs',
    cacheTtlMs,
    'milliseconds above 0, or Infinity',
  )
  problems.require(
    cacheTtlJitter === undefined || (isNumber(cacheTtlJitter) && cacheTtlJitter >= 0 && cacheTtlJitter <= 0.5),
    'cacheTtlJitter',
    cacheTtlJitter,
    'a part of cacheTtlMs from 0 to 0.5',
  )
  for (const name of ['cacheStaleWhileRevalidateMs', 'cacheStaleIfErrorMs', 'cacheNotFoundTtlMs'] as const) {
    const value = options[name]
    problems.require(
      value === undefined || (isNumber(value) && value >= 0),
      name,
      value,
      'milliseconds from 0, or Infinity',
    )
  }
  if (hasCache) return
  for (const name of freshnessOptions) {
    problems.require(options[name] === undefined, name, options[name], 'only together with a cache')
  }
}

const freshnessOptions = [
  'cacheTtlMs',
  'cacheTtlJitter',
  'cacheStaleWhileRevalidateMs',
  'cacheStaleIfErrorMs',
  'cacheNotFoundTtlMs',
] as const
