import { createCache } from './create-cache.ts'
import type { InProcessCache } from './in-process-cache.ts'
import type { LoadOptions } from './load-options.ts'

/** Options of {@link cached}. */
export interface CachedOptions<Arguments extends readonly unknown[], K, V> extends Omit<LoadOptions<V>, 'signal'> {
  /** The key of a call: everything that makes a difference to the answer. Default: the first argument. */
  readonly key?: ((...args: Arguments) => K) | undefined
  /** Where answers are kept. Default: a cache of its own for 1000 answers. */
  readonly cache?: InProcessCache<K, V> | undefined
}

/** A function that remembers its answers, with the cache they are in. */
export interface CachedFunction<Arguments extends readonly unknown[], K, V> {
  /** The answer that is remembered, at once, or a promise of it. */
  (...args: Arguments): V | Promise<V>
  /** Forgets the answer to a call with these arguments, also the one that is being waited for. */
  forget(...args: Arguments): void
  readonly cache: InProcessCache<K, V>
}

/** How many answers a function remembers that was not given a cache. */
const defaultCapacity = 1000

/**
 * Remembers the answers of a function: `const user = cached(fetchUser, { ttlMs: 60_000 })`. Calls with the same key
 * share one call of the function; errors are not remembered unless `failureTtlMs` says so.
 */
export const cached = <Arguments extends readonly unknown[], V, K = string>(
  load: (...args: Arguments) => V | PromiseLike<V>,
  options: CachedOptions<Arguments, K, V> = {},
): CachedFunction<Arguments, K, V> => {
  const {
    key: given,
    cache = createCache<K, V>({ capacity: defaultCapacity, name: load.name || 'cached' }),
    ...rest
  } = options
  // Without `key` the first argument is the key, which the type parameter K then stands for.
  const keyOf = given ?? ((...args: Arguments): K => args[0] as K)
  const call = (...args: Arguments): V | Promise<V> => cache.getOrLoad<V>(keyOf(...args), () => load(...args), rest)
  return Object.assign(call, {
    forget: (...args: Arguments): void => void cache.delete(keyOf(...args)),
    cache,
  })
}
