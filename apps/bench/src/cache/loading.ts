import { createCache } from '@holdfast/cache'
import { createCache as createDedupeCache } from 'async-cache-dedupe'
import { BentoCache, bentostore } from 'bentocache'
import { memoryDriver } from 'bentocache/drivers/memory'
import { Cacheable } from 'cacheable'
import { Keyv } from 'keyv'
import { LRUCache } from 'lru-cache'
import type { Figures } from '../area.ts'
import { timePerAsyncCall, timePerCall } from '../time-per-call.ts'
import { createRandom } from './random.ts'

const capacity = 10_000
const ttlMs = 3_600_000
const value = { name: 'Ada' }
const row = 'getOrLoad on a hit'

type Get = (key: string) => Promise<unknown>

/** Peers whose get-or-load answers with a promise, also on a hit. */
const asynchronous: Readonly<Record<string, () => Promise<Get>>> = {
  'lru-cache': async () => {
    const cache = new LRUCache<string, object>({ max: capacity, fetchMethod: async () => value })
    return (key) => cache.fetch(key)
  },
  'async-cache-dedupe': async () => {
    const cache = createDedupeCache({ ttl: 3600, storage: { type: 'memory', options: { size: capacity } } }).define(
      'load',
      async (_: string) => value,
    )
    return (key) => cache.load(key)
  },
  bentocache: async () => {
    const cache = new BentoCache({
      default: 'memory',
      stores: { memory: bentostore().useL1Layer(memoryDriver({ maxItems: capacity })) },
    })
    return (key) => cache.getOrSet({ key, ttl: ttlMs, factory: () => value })
  },
  keyv: async () => {
    const keyv = new Keyv()
    return async (key) => {
      const found: unknown = await keyv.get(key)
      if (found !== undefined) return found
      await keyv.set(key, value, ttlMs)
      return value
    }
  },
  cacheable: async () => {
    const cache = new Cacheable()
    return (key) => cache.getOrSet(key, async () => value, { ttl: ttlMs })
  },
}

/** Peers that are in no other row. */
export const loadingOnly: readonly string[] = ['async-cache-dedupe', 'bentocache', 'keyv', 'cacheable']

/** Nanoseconds of a get-or-load that finds the value, for the subjects that have one. */
export const loadingFigures = async (subject: string): Promise<Figures> => {
  const random = createRandom(5)
  const keys = Array.from({ length: capacity }, (_, index) => `user:${index}:profile`)
  const order = Array.from(keys, () => keys[Math.floor(random() * capacity)] ?? '')
  if (subject === 'Map') return { [row]: timeMap(keys, order) }
  if (subject === 'holdfast') return { [row]: timeHoldfast(keys, order) }
  const create = asynchronous[subject]
  if (create === undefined) return {}
  const get = await create()
  for (const key of keys) await get(key)
  const run = async (calls: number): Promise<void> => {
    for (let index = 0; index < calls; index++) await get(order[index] ?? '')
  }
  return { [row]: await timePerAsyncCall(run, { batches: 20, warmUp: 10 }) }
}

/** The floor: look, and load when it is not there. */
const timeMap = (keys: readonly string[], order: readonly string[]): number => {
  const load = (): object => value
  const map = new Map(keys.map((key) => [key, load()]))
  return timePerCall((calls) => {
    let found = 0
    for (let index = 0; index < calls; index++) {
      const key = order[index] ?? ''
      const answer = map.get(key) ?? load()
      if (answer === value) found += 1
    }
    return found
  })
}

const timeHoldfast = (keys: readonly string[], order: readonly string[]): number => {
  const cache = createCache<string, object>({ capacity })
  const load = async (): Promise<object> => value
  for (const key of keys) cache.set(key, value)
  return timePerCall((calls) => {
    let found = 0
    for (let index = 0; index < calls; index++) {
      const answer = cache.getOrLoad(order[index] ?? '', load)
      if (answer === value) found += 1
    }
    if (found !== calls) throw new Error(`${calls - found} of ${calls} calls were no hits.`)
    return found
  })
}
