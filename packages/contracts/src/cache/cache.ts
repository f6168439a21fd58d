/** Options of one entry; what is absent is the cache's default. */
export interface CacheEntryOptions {
  /** Milliseconds until the entry is gone. `Infinity`: never. 0 or less: gone at once. NaN is INVALID_ARGUMENT. */
  readonly ttlMs?: number | undefined
  /** Milliseconds without a `get` until the entry is gone. */
  readonly idleTtlMs?: number | undefined
  /** How much of the capacity the entry takes. Default 1, or what the cache's `weigh` says. */
  readonly weight?: number | undefined
  /** Names by which `deleteByTag` finds it. */
  readonly tags?: readonly string[] | undefined
}

/** Why an entry left the cache. */
export type EvictionCause = 'capacity' | 'expired' | 'idle' | 'deleted' | 'replaced' | 'cleared'

/** How a cache is doing since it was made or last reset. */
export interface CacheStatistics {
  readonly hits: number
  readonly misses: number
  /** hits / (hits + misses), 0 before the first read. */
  readonly hitRate: number
  /** Entries held now, in the unit of the capacity (entries, or weight). */
  readonly size: number
  readonly capacity: number
  /** size / capacity, 0 for a capacity of 0. */
  readonly utilisation: number
  readonly isFull: boolean
  /** How many entries left, by cause. */
  readonly evictions: Readonly<Record<EvictionCause, number>>
}

/**
 * A cache in this process: synchronous, so it can stand in any hot path. It never throws for a key or a value it can
 * hold; a value cannot be `undefined`, which is what a miss is.
 */
export interface Cache<K = string, V = unknown> {
  /** The value, or undefined. Counts as a hit or a miss and as a use for the eviction policy and the idle TTL. */
  get(key: K): V | undefined
  /** The value, or undefined, without counting as anything. */
  peek(key: K): V | undefined
  /** Whether `get` would find it, without counting as anything. */
  has(key: K): boolean
  /** Puts the value there, whatever was there before. */
  set(key: K, value: V, options?: CacheEntryOptions): void
  /** Removes it; false when it was not there. */
  delete(key: K): boolean
  clear(): void
  /** How many entries are held that have not expired or have not been noticed to. */
  readonly size: number
  statistics(): CacheStatistics
}
