export type { CachePolicyName, CreateCacheOptions } from './cache-options.ts'
export { createCache } from './create-cache.ts'
