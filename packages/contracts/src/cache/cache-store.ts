import type { CallOptions } from '../call-options.ts'
import type { HealthCheckable } from '../health.ts'
import type { Closeable } from '../lifecycle.ts'

/** Options of {@link CacheStore.set}. */
export interface CacheStoreSetOptions extends CallOptions {
  /** Milliseconds until the entry is gone. Absent: the store's default, which may be never. */
  readonly ttlMs?: number | undefined
  /** Names by which it can be deleted. UNSUPPORTED where the store has no tags. */
  readonly tags?: readonly string[] | undefined
}

/** What a cache store offers beyond the base; what it does not claim it refuses with UNSUPPORTED. */
export interface CacheStoreCapabilities {
  readonly tags: boolean
  readonly counters: boolean
  readonly compareAndSet: boolean
  readonly invalidation: boolean
}

/** An entry with what is known about it. */
export interface CacheStoreEntry<V> {
  readonly value: V
  /** Compared only for equality; present where the store has compare-and-set. */
  readonly version?: string
}

/**
 * A cache that may be outside this process (Redis, Postgres, files). Losing an entry is always allowed; returning one
 * after its deletion has resolved is not.
 */
export interface CacheStore<V = unknown> extends HealthCheckable, Closeable {
  readonly name: string
  readonly capabilities: CacheStoreCapabilities
  get(key: string, options?: CallOptions): Promise<CacheStoreEntry<V> | undefined>
  set(key: string, value: V, options?: CacheStoreSetOptions): Promise<void>
  delete(key: string, options?: CallOptions): Promise<boolean>
  clear(options?: CallOptions): Promise<void>
}

/** A store that can delete by tag. */
export interface TaggedCacheStore {
  /** How many entries were deleted. */
  deleteByTag(tag: string, options?: CallOptions): Promise<number>
}

/** A store with atomic counters. */
export interface CountingCacheStore {
  /** Adds to a counter that begins at 0 and answers its new value. `ttlMs` counts from the first increment. */
  increment(key: string, by?: number, options?: CallOptions & { readonly ttlMs?: number }): Promise<number>
}

/** A store that can replace an entry only if it is still the one that was read. */
export interface CompareAndSetCacheStore<V = unknown> {
  /** `ifVersion: null` means that there must be none. Answers whether the write was made. */
  compareAndSet(
    key: string,
    value: V,
    options: CacheStoreSetOptions & { readonly ifVersion: string | null },
  ): Promise<boolean>
}

/** A store that tells of deletions made by others. */
export interface InvalidatingCacheStore {
  /** Yields keys (`*` for everything) until the signal is aborted. */
  invalidations(options?: { readonly signal?: AbortSignal | undefined }): AsyncIterable<string>
}

/** Every method a cache store can have: what layers must know about. */
export type AnyCacheStore<V = unknown> = CacheStore<V> &
  Partial<TaggedCacheStore> &
  Partial<CountingCacheStore> &
  Partial<CompareAndSetCacheStore<V>> &
  Partial<InvalidatingCacheStore>
