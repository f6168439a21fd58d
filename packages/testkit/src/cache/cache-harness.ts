import type { Clock } from '@holdfast/contracts'
import type { Cache } from '@holdfast/contracts/cache'

/** What a cache under test is made of. */
export interface CacheHarnessOptions {
  /** How many entries, or how much weight, it holds. */
  readonly capacity: number
  /** Default TTL of its entries in milliseconds. Absent: they never expire. */
  readonly ttlMs?: number
  /** Default idle TTL of its entries in milliseconds. Absent: they never do. */
  readonly idleTtlMs?: number
  /** Where it reads time from. */
  readonly clock: Clock
}

/** How the suite gets caches. */
export interface CacheHarness {
  /** What the tests are called by. */
  readonly name: string
  /** Makes an empty cache that counts hits and misses. */
  create(options: CacheHarnessOptions): Cache<string, unknown>
}

/** One rule of the contract of caches in this process. */
export interface CacheCase {
  /** The rule, as a sentence about a cache. */
  readonly name: string
  /** Throws when the cache breaks the rule. */
  run(create: CacheHarness['create']): void
}
