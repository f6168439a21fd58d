import { type Clock, createCloser, HoldfastError, throwIfAborted, toTimestamp } from '@holdfast/contracts'
import type {
  AnyCacheStore,
  CacheStore,
  CacheStoreSetOptions,
  CompareAndSetCacheStore,
  CountingCacheStore,
  InvalidatingCacheStore,
  TaggedCacheStore,
} from '@holdfast/contracts/cache'

interface Entry {
  readonly value: unknown
  readonly version: string
  readonly expiresAt: number
  readonly tags: readonly string[]
}

/** A cache store that can do everything the contract knows. */
export type MapCacheStore = CacheStore &
  TaggedCacheStore &
  CountingCacheStore &
  CompareAndSetCacheStore &
  InvalidatingCacheStore

/** The least code that keeps the contract of cache stores: a Map. */
export const createMapCacheStore = (clock: Clock): MapCacheStore => {
  const source = 'map-cache-store'
  const entries = new Map<string, Entry>()
  const closer = createCloser({ source, clock })
  const listeners = new Set<(key: string) => void>()
  let writes = 0

  const call = <T>(operation: string, signal: AbortSignal | undefined, work: () => T): Promise<T> =>
    closer.run(operation, async () => {
      throwIfAborted(signal, { source, operation })
      return work()
    })
  const live = (key: string): Entry | undefined => {
    const entry = entries.get(key)
    return entry !== undefined && clock.monotonicNow() < entry.expiresAt ? entry : undefined
  }
  const write = (key: string, value: unknown, { ttlMs = Infinity, tags = [] }: CacheStoreSetOptions, from?: number) => {
    const expiresAt = from ?? clock.monotonicNow() + ttlMs
    entries.set(key, { value: structuredClone(value), version: String(++writes), expiresAt, tags })
  }
  const remove = (key: string): boolean => {
    const removed = live(key) !== undefined
    entries.delete(key)
    for (const listener of [...listeners]) listener(key)
    return removed
  }

  return {
    name: source,
    capabilities: { tags: true, counters: true, compareAndSet: true, invalidation: true },
    get: (key, options) =>
      call('get', options?.signal, () => {
        const entry = live(key)
        return entry && { value: structuredClone(entry.value), version: entry.version }
      }),
    set: (key, value, options = {}) => call('set', options.signal, () => write(key, value, options)),
    delete: (key, options) => call('delete', options?.signal, () => remove(key)),
    clear: (options) =>
      call('clear', options?.signal, () => {
        for (const key of [...entries.keys()]) remove(key)
      }),
    deleteByTag: (tag, options) =>
      call('deleteByTag', options?.signal, () => {
        const tagged = [...entries].filter(([key, entry]) => live(key) && entry.tags.includes(tag))
        return tagged.filter(([key]) => remove(key)).length
      }),
    increment: (key, by = 1, options = {}) =>
      call('increment', options.signal, () => {
        const entry = live(key)
        const value = (typeof entry?.value === 'number' ? entry.value : 0) + by
        write(key, value, options, entry?.expiresAt)
        return value
      }),
    compareAndSet: (key, value, options) =>
      call('compareAndSet', options.signal, () => {
        if ((live(key)?.version ?? null) !== options.ifVersion) return false
        write(key, value, options)
        return true
      }),
    async *invalidations({ signal } = {}) {
      closer.throwIfClosed('invalidations')
      const keys: string[] = []
      let wake = (): void => {}
      const listener = (key: string): void => {
        keys.push(key)
        wake()
      }
      listeners.add(listener)
      try {
        while (!signal?.aborted && !closer.closing.aborted) {
          const key = keys.shift()
          if (key !== undefined) {
            yield key
            continue
          }
          await new Promise<void>((resolve) => {
            wake = resolve
            signal?.addEventListener('abort', () => resolve(), { once: true })
            closer.closing.addEventListener('abort', () => resolve(), { once: true })
          })
        }
      } finally {
        listeners.delete(listener)
      }
    },
    health: (options) =>
      call('health', options?.signal, () => ({ status: 'up', latencyMs: 0, checkedAt: toTimestamp(clock.wallNow()) })),
    close: (options) => closer.close(options),
    [Symbol.asyncDispose]: () => closer.close(),
  }
}

/** The same without anything beyond the base. */
export const createPlainCacheStore = (clock: Clock): AnyCacheStore => {
  const {
    name,
    get,
    set,
    delete: remove,
    clear,
    health,
    close,
    [Symbol.asyncDispose]: dispose,
  } = createMapCacheStore(clock)
  return {
    name,
    capabilities: { tags: false, counters: false, compareAndSet: false, invalidation: false },
    get,
    async set(key, value, options = {}) {
      if (options.tags !== undefined) {
        const problem = { message: 'set has no tags.', hint: 'Leave them out.', source: name, operation: 'set' }
        throw new HoldfastError({ code: 'UNSUPPORTED', ...problem })
      }
      await set(key, value, options)
    },
    delete: remove,
    clear,
    health,
    close,
    [Symbol.asyncDispose]: dispose,
  }
}
