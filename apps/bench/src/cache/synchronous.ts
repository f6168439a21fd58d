import { createCache } from '@holdfast/cache'
import { CacheableMemory } from 'cacheable'
import { LRUCache } from 'lru-cache'
import { LRUMapWithDelete } from 'mnemonist'
import QuickLru from 'quick-lru'
import { lru } from 'tiny-lru'
import type { Figures } from '../area.ts'
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

/** Measured with fewer calls, since a call takes microseconds. */
const slow: ReadonlySet<string> = new Set(['cacheable (memory)'])

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

const createSynchronousCache = (name: string, size: number): SynchronousCache => {
  const create = creators[name]
  if (create === undefined) throw new Error(`There is no synchronous subject ${name}.`)
  return create(size)
}

/** Nanoseconds of get, set and evicting set, with 10,000 string keys in random order. */
export const synchronousFigures = (name: string): Figures => {
  const random = createRandom(1)
  const keys = Array.from({ length: capacity }, (_, index) => `user:${index}:profile`)
  const order = Array.from(keys, () => keys[Math.floor(random() * capacity)] ?? '')
  const value = { name: 'Ada' }

  const read = createSynchronousCache(name, capacity)
  for (const key of keys) read.set(key, value)
  const options = slow.has(name) ? { batch: 500, batches: 20, warmUp: 10 } : { batches: 200 }
  const get = timePerCall((calls) => getAll(read, order, calls), options)

  const written = createSynchronousCache(name, capacity)
  for (const key of keys) written.set(key, value)
  const set = timePerCall((calls) => setAll(written, order, value, calls), options)

  const strangers = Array.from({ length: capacity * 10 }, (_, index) => `visitor:${index}`)
  const evicting = createEvicting(name, capacity)
  let position = 0
  const setEvicting = timePerCall((calls) => {
    position = (position + calls) % strangers.length
    return setAll(evicting, strangers.slice(position, position + calls), value, calls)
  }, options)
  return { get, set, 'set, evicting': setEvicting }
}

/** Makes a cache that holds no more than `capacity` by name; for Map a Map whose keys leave in the order of a ring. */
export const createEvicting = (name: string, capacity: number): SynchronousCache => {
  if (name !== 'Map') return createSynchronousCache(name, capacity)
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

/** Names of the caches that answer without a promise. */
export const synchronousNames: readonly string[] = Object.keys(creators)
