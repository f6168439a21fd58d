import { createCache } from '@holdfast/cache'
import { CacheableMemory } from 'cacheable'
import { LRUCache } from 'lru-cache'
import { LRUMapWithDelete } from 'mnemonist'
import QuickLru from 'quick-lru'
import { lru } from 'tiny-lru'
import type { Figures, Subject } from '../area.ts'
import { timePerCall } from '../time-per-call.ts'
import { createRandom } from './random.ts'

/** Keys in every cache. */
const capacity = 10_000
/** Long enough that nothing expires while it is measured, in milliseconds. */
const longMs = 3_600_000

/** What the loops need of a cache; every subject has it as it is, so no wrapper is measured along. */
interface SynchronousCache {
  get(key: string): unknown
  set(key: string, value: object): unknown
}

type Create = (capacity: number) => SynchronousCache

const lruOptions = { ttl: longMs, ttlAutopurge: false }
const creators: Readonly<Record<string, Create>> = {
  Map: () => new Map<string, object>(),
  holdfast: (size) => createCache<string, object>({ capacity: size }),
  'holdfast, statistics off': (size) => createCache<string, object>({ capacity: size, statistics: 'off' }),
  'holdfast, lru': (size) => createCache<string, object>({ capacity: size, policy: 'lru' }),
  'holdfast, lfu': (size) => createCache<string, object>({ capacity: size, policy: 'lfu' }),
  'holdfast, ttl': (size) => createCache<string, object>({ capacity: size, ttlMs: longMs }),
  'holdfast, ttl and idle': (size) => createCache<string, object>({ capacity: size, ttlMs: longMs, idleTtlMs: longMs }),
  'lru-cache': (size) => new LRUCache<string, object>({ max: size }),
  'lru-cache, ttl': (size) => new LRUCache<string, object>({ max: size, ...lruOptions }),
  'lru-cache, ttl and idle': (size) => new LRUCache<string, object>({ max: size, ...lruOptions, updateAgeOnGet: true }),
  'quick-lru': (size) => new QuickLru<string, object>({ maxSize: size }),
  'tiny-lru': (size) => lru<object>(size),
  mnemonist: (size) => new LRUMapWithDelete<string, object>(size),
  'cacheable (memory)': (size) => new CacheableMemory({ lruSize: size }),
}

/** Makes the caches of the synchronous rows by name. */
export const createSynchronousCache = (name: string, size: number): SynchronousCache => {
  const create = creators[name]
  if (create === undefined) throw new Error(`There is no synchronous subject ${name}.`)
  return create(size)
}

const measure = (name: string): Figures => {
  const random = createRandom(1)
  const keys = Array.from({ length: capacity }, (_, index) => `user:${index}:profile`)
  const order = Array.from(keys, () => keys[Math.floor(random() * capacity)] ?? '')
  const value = { name: 'Ada' }

  const read = createSynchronousCache(name, capacity)
  for (const key of keys) read.set(key, value)
  const get = timePerCall((calls) => getAll(read, order, calls))

  const written = createSynchronousCache(name, capacity)
  for (const key of keys) written.set(key, value)
  const set = timePerCall((calls) => setAll(written, order, value, calls))

  const strangers = Array.from({ length: capacity * 10 }, (_, index) => `visitor:${index}`)
  const evicting = name === 'Map' ? createEvictingMap() : createSynchronousCache(name, capacity)
  let position = 0
  const setEvicting = timePerCall((calls) => {
    position = (position + calls) % strangers.length
    return setAll(evicting, strangers.slice(position, position + calls), value, calls)
  })
  return { get, set, 'set, evicting': setEvicting }
}

/** The floor of eviction: a Map whose keys leave in the order of a ring. */
const createEvictingMap = (): SynchronousCache => {
  const map = new Map<string, object>()
  const ring = new Array<string>(capacity).fill('')
  let oldest = 0
  return {
    get: (key) => map.get(key),
    set(key, value) {
      map.delete(ring[oldest] ?? '')
      ring[oldest] = key
      oldest = (oldest + 1) % capacity
      map.set(key, value)
    },
  }
}

const getAll = (cache: SynchronousCache, keys: readonly string[], calls: number): number => {
  let hits = 0
  for (let index = 0; index < calls; index++) if (cache.get(keys[index] ?? '') !== undefined) hits += 1
  if (hits !== calls) throw new Error(`${calls - hits} of ${calls} reads missed.`)
  return hits
}

const setAll = (cache: SynchronousCache, keys: readonly string[], value: object, calls: number): number => {
  for (let index = 0; index < calls; index++) cache.set(keys[index] ?? '', value)
  return calls
}

/** Each cache that answers without a promise, measured with 10,000 string keys in random order. */
export const synchronousSubjects: readonly Subject[] = Object.keys(creators).map((name) => ({
  name,
  measure: async () => measure(name),
}))
