import {
  type CallOptions,
  type Closer,
  createCloser,
  createEventHub,
  type DroppedEvents,
  type HealthReport,
  HoldfastError,
  throwIfAborted,
  toTimestamp,
} from '@holdfast/contracts'
import type {
  CacheStore,
  CacheStoreEntry,
  CacheStoreSetOptions,
  CompareAndSetCacheStore,
  CountingCacheStore,
  InvalidatingCacheStore,
  TaggedCacheStore,
} from '@holdfast/contracts/cache'
import { CacheEngine } from './cache-engine.ts'
import { type CreateCacheOptions, cacheSettings } from './cache-options.ts'
import { assertValue } from './entry-options.ts'

/** Options of `createCacheStore`: those of `createCache` that make sense for it. */
export type CreateCacheStoreOptions = Omit<CreateCacheOptions<string, never>, 'weigh' | 'onEvict'>

/** A store in this process with every optional capability. */
export type InProcessCacheStore<V = unknown> = CacheStore<V> &
  TaggedCacheStore &
  CountingCacheStore &
  CompareAndSetCacheStore<V> &
  InvalidatingCacheStore

/**
 * A cache of this process behind the asynchronous contract: for code that is to run with Redis one day and without it
 * today, and for its tests. Values are kept as they are, not copied.
 */
export const createCacheStore = <V = unknown>(options: CreateCacheStoreOptions): InProcessCacheStore<V> => {
  const settings = cacheSettings<string, StoredEntry<V>>(options)
  const cache = new CacheEngine(settings)
  const { clock, name, logger } = settings
  const hub = createEventHub<{ 'entry.invalidated': string }>(logger)
  const closer = createCloser({
    source: 'cache',
    clock,
    release: () => {
      hub.end()
      cache.clear()
    },
  })
  let writes = 0
  const put = (key: string, value: V, { ttlMs, tags }: CacheStoreSetOptions): void => {
    assertValue(value)
    writes += 1
    cache.set(key, { value, version: String(writes) }, { ttlMs, tags })
  }
  const invalidate = (key: string): void => hub.emit('entry.invalidated', () => key)

  return {
    name,
    capabilities: { tags: true, counters: true, compareAndSet: true, invalidation: true },
    get: (key, callOptions) => perform(closer, 'get', callOptions, () => copyOf(cache.get(key))),
    set: (key, value, setOptions = {}) => perform(closer, 'set', setOptions, () => put(key, value, setOptions)),
    delete: (key, callOptions) =>
      perform(closer, 'delete', callOptions, () => {
        const deleted = cache.delete(key)
        invalidate(key)
        return deleted
      }),
    clear: (callOptions) =>
      perform(closer, 'clear', callOptions, () => {
        cache.clear()
        invalidate('*')
      }),
    deleteByTag: (tag, callOptions) =>
      perform(closer, 'deleteByTag', callOptions, () => {
        const deleted = cache.deleteByTag(tag)
        if (deleted > 0) invalidate('*')
        return deleted
      }),
    increment: (key, by = 1, incrementOptions = {}) =>
      perform(closer, 'increment', incrementOptions, () => {
        const held = cache.get(key)
        const next = numberOf(held?.value, key) + by
        // A counter is a number, which numberOf has just checked of what was there: V includes it wherever counters are used.
        const value = next as V
        if (held === undefined) put(key, value, { ttlMs: incrementOptions.ttlMs })
        else {
          // Changed in place, so that the TTL goes on from the first increment.
          writes += 1
          held.value = value
          held.version = String(writes)
        }
        return next
      }),
    compareAndSet: (key, value, setOptions) =>
      perform(closer, 'compareAndSet', setOptions, () => {
        if ((cache.peek(key)?.version ?? null) !== setOptions.ifVersion) return false
        put(key, value, setOptions)
        return true
      }),
    invalidations({ signal } = {}) {
      closer.throwIfClosed('invalidations')
      return keysOf(hub.events('entry.invalidated', { signal }))
    },
    health: (callOptions) =>
      perform(closer, 'health', callOptions, (): HealthReport => {
        return { status: 'up', latencyMs: 0, checkedAt: toTimestamp(clock.wallNow()) }
      }),
    close: (closeOptions) => closer.close(closeOptions),
    [Symbol.asyncDispose]: () => closer.close(),
  }
}

/** What the cache of a store holds; readers are given copies, since counters change it in place. */
interface StoredEntry<V> {
  value: V
  version: string
}

const copyOf = <V>(held: StoredEntry<V> | undefined): CacheStoreEntry<V> | undefined => held && { ...held }

/** A reader that fell behind has missed keys, so it is told that every key was deleted. */
const keysOf = async function* (events: AsyncIterable<string | DroppedEvents>): AsyncGenerator<string> {
  for await (const key of events) yield typeof key === 'string' ? key : '*'
}

const perform = async <T>(
  closer: Closer,
  operation: string,
  options: CallOptions | undefined,
  work: () => T,
): Promise<T> => {
  closer.throwIfClosed(operation)
  throwIfAborted(options?.signal, { source: 'cache', operation })
  return work()
}

const numberOf = (value: unknown, key: string): number => {
  if (value === undefined) return 0
  if (typeof value === 'number') return value
  throw new HoldfastError({
    code: 'INVALID_ARGUMENT',
    source: 'cache',
    operation: 'increment',
    message: `increment was called for ${JSON.stringify(key.slice(0, 80))}, which does not hold a number.`,
    hint: 'Use keys of their own for counters.',
  })
}
