import type { CacheStoreCase } from './cache-store-harness.ts'
import { storeCapabilityCases } from './store-capability-cases.ts'
import { storeEntryCases } from './store-entry-cases.ts'
import { storeLifecycleCases } from './store-lifecycle-cases.ts'

/** Every rule of the contract of cache stores as data: see {@link runCacheStoreCase}. */
export const cacheStoreCases: readonly CacheStoreCase[] = [
  ...storeEntryCases,
  ...storeCapabilityCases,
  ...storeLifecycleCases,
]
