export type { Cache, CacheEntryOptions, CacheStatistics, EvictionCause } from './cache.ts'
export type {
  AnyCacheStore,
  CacheStore,
  CacheStoreCapabilities,
  CacheStoreEntry,
  CacheStoreSetOptions,
  CompareAndSetCacheStore,
  CountingCacheStore,
  InvalidatingCacheStore,
  TaggedCacheStore,
} from './cache-store.ts'
export { cacheStoreOperations } from './cache-store-operations.ts'
