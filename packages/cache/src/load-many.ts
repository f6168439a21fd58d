import { throwIfAborted } from '@holdfast/contracts'
import type { BatchLoader, LoadOptions } from './load-options.ts'
import type { LoadTable } from './load-table.ts'

/** What `getOrLoadMany` needs of the cache. */
interface ReadHost<K, V> {
  get(key: K): V | undefined
  stale(key: K, staleMs: number): V | undefined
}

/** Gets what is there and loads the rest with one call of the loader. */
export const loadMany = async <K, V>(
  cache: ReadHost<K, V>,
  table: LoadTable<K, V>,
  keys: Iterable<K>,
  loader: BatchLoader<K, V>,
  options: LoadOptions<V>,
): Promise<Map<K, V>> => {
  throwIfAborted(options.signal, { source: 'cache', operation: 'getOrLoadMany' })
  const wanted = new Set(keys)
  const values = new Map<K, V>()
  const missing: K[] = []
  for (const key of wanted) {
    const value = cache.get(key)
    if (value === undefined) missing.push(key)
    else values.set(key, value)
  }
  if (missing.length > 0) {
    const loading = table.loadMany(missing, loader, options)
    await Promise.all(
      missing.map(async (key) => {
        const value = await loading.get(key)
        if (value !== undefined) values.set(key, value)
      }),
    )
  }
  return values
}
