import type { Cache, CacheEntryOptions } from '@holdfast/contracts/cache'
import type { CacheDump } from './cache-dump.ts'
import type { BatchLoader, Loader, LoadOptions } from './load-options.ts'

/** What `createCache` makes: the contract `Cache`, and what only a cache that owns its process's memory can do. */
export interface InProcessCache<K = string, V = unknown> extends Cache<K, V> {
  set(key: K, value: V, options?: CacheEntryOptions): void
  /** Removes every entry whose key is a text with this beginning; answers how many. Looks at every key. */
  deleteByPrefix(prefix: string): number
  /** Removes every entry that carries the tag; answers how many. */
  deleteByTag(tag: string): number
  /**
   * The entries, the one that the policy would keep longest first. The cache may be changed meanwhile: an entry that is
   * there throughout comes exactly once, one that has left does not come any more.
   */
  entries(): IterableIterator<[K, V]>
  /** Everything that is held, as plain data: put it into a file with JSON or `v8.serialize` and `load` it at the next start. */
  dump(): CacheDump<K, V>
  /** Takes over the entries of a dump, less those that have expired since; answers how many are held afterwards. */
  load(dump: CacheDump<K, V>): number
  /**
   * The value if it is there, at once and without a promise; otherwise what `loader` answers, which is kept.
   *
   * - Callers that come while the key is being loaded get the answer of that load; there is one load, also when it fails.
   * - A `set` or `delete` of the key during a load is never undone by it: the callers who wait get their answer, it is
   *   not kept, and callers who come later start a load of their own.
   * - An answer of undefined means that there is none. It is not kept, unless `failureTtlMs` says to remember it.
   * - A loader must not wait for its own key. Asking for it before its first `await` is refused with INVALID_ARGUMENT;
   *   later it would wait for itself, which only `loadTimeoutMs` ends.
   */
  getOrLoad<A extends V | undefined>(key: K, loader: Loader<K, V, A>, options?: LoadOptions<V>): V | A | Promise<V | A>
  /**
   * The same for many keys with one call of `loader` for all that are missing. Resolves with what there is; a key that
   * the loader's answer lacks is absent. Rejects when the loader does and a key has no stale value to fall back on.
   */
  getOrLoadMany(keys: Iterable<K>, loader: BatchLoader<K, V>, options?: LoadOptions<V>): Promise<Map<K, V>>
}
