import { type Clock, createProblems, type Logger, type Problems, silentLogger, systemClock } from '@holdfast/contracts'
import type { EvictionCause } from '@holdfast/contracts/cache'

/** Names of the eviction policies. */
export type CachePolicyName = 's3-fifo' | 'lru' | 'lfu'

/** Options of `createCache`. */
export interface CreateCacheOptions<K = string, V = unknown> {
  /** How much it holds: entries or, when entries have a weight, the sum of their weights. A whole number; 0 holds nothing. */
  readonly capacity: number
  /** Names the cache in events and errors. Default `cache`. */
  readonly name?: string | undefined
  /** Which entry leaves when there is no room (`docs/guides/choosing-a-cache.md`). Default `s3-fifo`. */
  readonly policy?: CachePolicyName | undefined
  /** Milliseconds until an entry is gone. Default Infinity: never. */
  readonly ttlMs?: number | undefined
  /** Milliseconds without a `get` until an entry is gone. Default Infinity: never. */
  readonly idleTtlMs?: number | undefined
  /** Shortens each TTL by a random share of up to this, so that what was loaded together does not expire together. 0 to 1, default 0. */
  readonly ttlJitter?: number | undefined
  /** How much of the capacity an entry takes. Counted as at least 1 and rounded up. Default: each entry 1. */
  readonly weigh?: ((value: V, key: K) => number) | undefined
  /** `off` saves the counting of hits and misses, a few nanoseconds per read; `statistics()` then says 0. Default `on`. */
  readonly statistics?: 'on' | 'off' | undefined
  /** Told of each entry that left, after the cache is consistent again; it may use the cache. What it throws goes to the logger. */
  readonly onEvict?: ((key: K, value: V, cause: EvictionCause) => void) | undefined
  /** Default: the real time. TTLs go by its monotonic time, so a jump of the wall clock harms nothing. */
  readonly clock?: Clock | undefined
  /** Told when `onEvict` throws or a background refresh fails; never a key's value. Default: silent. */
  readonly logger?: Logger | undefined
  /** Where jitter comes from, for tests: a number from 0 to below 1. Default `Math.random`. */
  readonly random?: (() => number) | undefined
}

/** Options of `createCache` with every default filled in. */
export interface CacheSettings<K, V> {
  readonly capacity: number
  readonly name: string
  readonly policy: CachePolicyName
  readonly ttlMs: number
  readonly idleTtlMs: number
  readonly ttlJitter: number
  readonly weigh: ((value: V, key: K) => number) | undefined
  readonly counting: boolean
  readonly onEvict: ((key: K, value: V, cause: EvictionCause) => void) | undefined
  readonly clock: Clock
  readonly logger: Logger
  readonly random: () => number
}

const policyNames: readonly string[] = ['s3-fifo', 'lru', 'lfu']

/** Checks the options, all at once, and fills in the defaults. */
export const cacheSettings = <K, V>(options: CreateCacheOptions<K, V>): CacheSettings<K, V> => {
  const problems = createProblems('cache', 'createCache')
  // A caller without types can pass anything: then every option is checked as if it were absent.
  const given: Partial<CreateCacheOptions<K, V>> = typeof options === 'object' && options !== null ? options : {}
  const { capacity = Number.NaN, ttlJitter = 0, policy = 's3-fifo', statistics = 'on', name = 'cache' } = given
  const { ttlMs = Number.POSITIVE_INFINITY, idleTtlMs = Number.POSITIVE_INFINITY } = given
  problems.require(Number.isSafeInteger(capacity) && capacity >= 0, 'capacity', given.capacity, 'a whole number from 0')
  problems.require(typeof name === 'string' && name !== '', 'name', name, 'a text that is not empty')
  problems.require(policyNames.includes(policy), 'policy', policy, policyNames.join(', '))
  requireDuration(problems, 'ttlMs', ttlMs)
  requireDuration(problems, 'idleTtlMs', idleTtlMs)
  problems.require(isShare(ttlJitter), 'ttlJitter', ttlJitter, 'a number from 0 to 1')
  problems.require(statistics === 'on' || statistics === 'off', 'statistics', statistics, 'on, off')
  requireFunction(problems, 'weigh', given.weigh)
  requireFunction(problems, 'onEvict', given.onEvict)
  requireFunction(problems, 'random', given.random)
  problems.throwIfAny()
  return {
    capacity,
    name,
    policy,
    ttlMs,
    idleTtlMs,
    ttlJitter,
    weigh: given.weigh,
    counting: statistics === 'on',
    onEvict: given.onEvict,
    clock: given.clock ?? systemClock,
    logger: given.logger ?? silentLogger,
    random: given.random ?? Math.random,
  }
}

/** Notes a problem unless it is a number of milliseconds that can be waited: anything but NaN. */
export const requireDuration = (problems: Problems, path: string, given: unknown): void =>
  problems.require(
    typeof given === 'number' && !Number.isNaN(given),
    path,
    given,
    'a number of milliseconds, or Infinity',
  )

const requireFunction = (problems: Problems, path: string, given: unknown): void =>
  problems.require(given === undefined || typeof given === 'function', path, given, 'a function')

const isShare = (value: unknown): boolean => typeof value === 'number' && value >= 0 && value <= 1
