import type { Cache } from '@holdfast/contracts/cache'
import type { CacheHarnessOptions } from '../src/index.ts'
import { createMapCache } from './map-cache.ts'

type StringCache = Cache<string, unknown>

/** A cache that is sound but for one defect, and the case of the suite that has to find it. */
export interface BrokenCache {
  readonly defect: string
  /** Name of the case that fails, or its beginning. */
  readonly foundBy: string
  readonly create: (options: CacheHarnessOptions) => StringCache
}

/** A sound cache with some methods replaced; `size` stays alive. */
const spoilt =
  (spoil: (sound: StringCache, options: CacheHarnessOptions) => Partial<StringCache>) =>
  (options: CacheHarnessOptions): StringCache => {
    const sound = createMapCache(options)
    const { get, peek, has, set, delete: remove, clear, statistics } = sound
    const parts: Partial<StringCache> = spoil(sound, options)
    return Object.defineProperties(
      { get, peek, has, set, delete: remove, clear, statistics, size: 0 },
      { size: { get: () => sound.size }, ...Object.getOwnPropertyDescriptors(parts) },
    )
  }

const statisticsWith = (sound: StringCache, change: Partial<ReturnType<StringCache['statistics']>>) => () => ({
  ...sound.statistics(),
  ...change,
})

/** Every broken cache: the proof that each case of the suite can fail. */
export const brokenCaches: readonly BrokenCache[] = [
  {
    defect: 'answers null for a miss',
    foundBy: 'get: is undefined',
    create: spoilt((sound) => ({ get: (key) => sound.get(key) ?? null })),
  },
  {
    defect: 'takes falsy values for a miss',
    foundBy: 'set: keeps the value itself',
    create: spoilt((sound) => ({ get: (key) => sound.get(key) || undefined })),
  },
  {
    defect: 'copies values',
    foundBy: 'set: keeps the value itself',
    create: spoilt((sound) => ({ get: (key) => structuredClone(sound.get(key)) })),
  },
  {
    defect: 'keeps the first value',
    foundBy: 'set: replaces what was there',
    create: spoilt((sound) => ({
      set: (key, value, options) => void (sound.has(key) || sound.set(key, value, options)),
    })),
  },
  {
    defect: 'finds what every object has',
    foundBy: 'keys: are told apart',
    create: spoilt((sound) => ({ get: (key) => sound.get(key) ?? Reflect.get({}, key) })),
  },
  {
    defect: 'normalises keys',
    foundBy: 'keys: are told apart',
    create: spoilt((sound) => ({
      get: (key) => sound.get(key.normalize()),
      set: (key, value, options) => sound.set(key.normalize(), value, options),
    })),
  },
  {
    defect: 'always says that it deleted something',
    foundBy: 'delete: removes one entry',
    create: spoilt((sound) => ({ delete: (key) => sound.delete(key) || true })),
  },
  { defect: 'does not clear', foundBy: 'clear: removes everything', create: spoilt(() => ({ clear: () => {} })) },
  {
    defect: 'holds one more than its capacity',
    foundBy: 'capacity: is never exceeded',
    create: (options) => createMapCache({ ...options, capacity: options.capacity + 1 }),
  },
  {
    defect: 'holds half of its capacity',
    foundBy: 'capacity: is never exceeded',
    create: (options) => createMapCache({ ...options, capacity: Math.ceil(options.capacity / 2) }),
  },
  {
    defect: 'admits nothing when it is full',
    foundBy: 'capacity: what was just set',
    create: spoilt((sound, { capacity }) => ({
      set: (key, value, options) => void (sound.size < capacity && sound.set(key, value, options)),
    })),
  },
  {
    defect: 'makes room before it replaces',
    foundBy: 'capacity: replacing an entry',
    create: spoilt((sound, { capacity }) => ({
      set(key, value, options) {
        if (sound.size >= capacity) for (const other of ['a', 'b']) if (other !== key) sound.delete(other)
        sound.set(key, value, options)
      },
    })),
  },
  {
    defect: 'takes a capacity of 0 for no limit',
    foundBy: 'capacity 0: ',
    create: (options) => createMapCache({ ...options, capacity: options.capacity || 1000 }),
  },
  {
    defect: 'ignores weights',
    foundBy: 'weight: counts',
    create: spoilt((sound) => ({ set: (key, value, options) => sound.set(key, value, { ...options, weight: 1 }) })),
  },
  {
    defect: 'lets entries live a millisecond longer',
    foundBy: 'ttl: an entry is there until',
    create: (options) => createMapCache({ ...options, ttlMs: (options.ttlMs ?? Infinity) + 1 }),
  },
  {
    defect: 'shows what has expired to peek',
    foundBy: 'ttl: an entry is there until',
    create: spoilt((sound) => {
      const values = new Map<string, unknown>()
      return {
        set(key, value, options) {
          values.set(key, value)
          sound.set(key, value, options)
        },
        peek: (key) => values.get(key),
      }
    }),
  },
  {
    defect: 'prolongs the ttl when it is read',
    foundBy: 'ttl: is not prolonged',
    create: spoilt((sound) => ({
      get(key) {
        const value = sound.get(key)
        if (value !== undefined) sound.set(key, value)
        return value
      },
    })),
  },
  {
    defect: 'ignores the ttl of an entry',
    foundBy: 'ttl: of an entry goes before',
    create: spoilt((sound) => ({ set: (key, value) => sound.set(key, value) })),
  },
  {
    defect: 'knows no ttl unless it has one by default',
    foundBy: 'ttl: without one an entry stays',
    create: spoilt((sound, { ttlMs }) => ({
      set: (key, value, options) => sound.set(key, value, ttlMs === undefined ? {} : options),
    })),
  },
  {
    defect: 'takes a ttl of 0 for none',
    foundBy: 'ttl: of 0 or less',
    create: spoilt((sound) => ({
      set: (key, value, options) => sound.set(key, value, options?.ttlMs === 0 ? {} : options),
    })),
  },
  {
    defect: 'leaves the old value when the new one is over at once',
    foundBy: 'ttl: of 0 or less',
    create: spoilt((sound) => ({
      set: (key, value, options) => void ((options?.ttlMs ?? 1) > 0 && sound.set(key, value, options)),
    })),
  },
  {
    defect: 'takes NaN for a ttl',
    foundBy: 'ttl: NaN',
    create: spoilt((sound) => ({
      set: (key, value, options) => sound.set(key, value, Number.isNaN(options?.ttlMs) ? {} : options),
    })),
  },
  {
    defect: 'takes peek for a use',
    foundBy: 'idle ttl: is prolonged by get',
    create: spoilt((sound) => ({ peek: (key) => sound.get(key) })),
  },
  {
    defect: 'does not prolong the idle ttl',
    foundBy: 'idle ttl: is prolonged by get',
    create: spoilt((sound) => ({ get: (key) => sound.peek(key) })),
  },
  {
    defect: 'ignores the idle ttl of an entry',
    foundBy: 'idle ttl: does not outlive',
    create: spoilt((sound) => ({
      set: (key, value, { idleTtlMs: _ignored, ...options } = {}) => sound.set(key, value, options),
    })),
  },
  {
    defect: 'goes by the wall clock',
    foundBy: 'ttl: goes by the monotonic clock',
    create: ({ clock, ...options }) =>
      createMapCache({
        ...options,
        clock: { ...clock, monotonicNow: () => clock.wallNow(), wallNow: clock.wallNow, setTimer: clock.setTimer },
      }),
  },
  {
    defect: 'has a hit rate of NaN before the first read',
    foundBy: 'statistics: are all zero',
    create: spoilt((sound) => ({ statistics: statisticsWith(sound, { hitRate: Number.NaN }) })),
  },
  {
    defect: 'counts peek',
    foundBy: 'statistics: count each get',
    create: spoilt((sound) => ({ peek: (key) => sound.get(key) })),
  },
  {
    defect: 'never says that it is full',
    foundBy: 'statistics: say how full',
    create: spoilt((sound) => ({ statistics: statisticsWith(sound, { isFull: false }) })),
  },
  {
    defect: 'counts an expired entry as a hit',
    foundBy: 'statistics: count an expired entry',
    create: spoilt((sound) => ({
      statistics: () => ({ ...sound.statistics(), hits: sound.statistics().evictions.expired }),
    })),
  },
  {
    defect: 'counts nothing that left',
    foundBy: 'statistics: count what left',
    create: spoilt((sound) => {
      const { evictions } = sound.statistics()
      return { statistics: statisticsWith(sound, { evictions }) }
    }),
  },
]
