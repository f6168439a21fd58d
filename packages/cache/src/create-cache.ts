import { CacheEngine } from './cache-engine.ts'
import { type CreateCacheOptions, cacheSettings } from './cache-options.ts'
import type { InProcessCache } from './in-process-cache.ts'

/**
 * Makes a cache in this process: synchronous, bounded, with the hit ratios of S3-FIFO at about the price of a Map.
 * Throws INVALID_ARGUMENT naming every option that is wrong.
 */
export const createCache = <K = string, V = unknown>(options: CreateCacheOptions<K, V>): InProcessCache<K, V> =>
  new CacheEngine(cacheSettings(options))
