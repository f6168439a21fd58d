import { HoldfastError } from '@holdfast/contracts'
import type { AnyCacheStore } from '@holdfast/contracts/cache'
import type { MapCacheStore } from './map-cache-store.ts'

/** A cache store that is sound but for one defect, and the case of the suite that has to find it. */
export interface BrokenCacheStore {
  readonly defect: string
  /** Name of the case that fails, or its beginning. */
  readonly foundBy: string
  /** Puts the defect into a sound store. */
  readonly spoil: (sound: MapCacheStore) => AnyCacheStore
}

/** Every broken store: the proof that each case of the suite can fail. */
export const brokenCacheStores: readonly BrokenCacheStore[] = [
  {
    defect: 'answers an entry without a value for a miss',
    foundBy: 'get: is undefined',
    spoil: (sound) => ({ ...sound, get: async (key) => (await sound.get(key)) ?? { value: undefined } }),
  },
  {
    defect: 'makes text of everything',
    foundBy: 'set: keeps text',
    spoil: (sound) => ({ ...sound, set: (key, value, options) => sound.set(key, String(value), options) }),
  },
  {
    defect: 'folds the case of keys',
    foundBy: 'keys: are told apart',
    spoil: (sound) => ({
      ...sound,
      get: (key) => sound.get(key.toLowerCase()),
      set: (key, value) => sound.set(key.toLowerCase(), value),
      delete: (key) => sound.delete(key.toLowerCase()),
    }),
  },
  {
    defect: 'takes a key for a pattern when it deletes',
    foundBy: 'keys: are told apart',
    spoil: (sound) => ({
      ...sound,
      async delete(key, options) {
        if (key === '*') await sound.clear()
        return key === '*' || sound.delete(key, options)
      },
    }),
  },
  {
    defect: 'returns what was deleted from a copy nearby',
    foundBy: 'delete: once it has resolved',
    spoil(sound) {
      const near = new Map<string, { readonly value: unknown }>()
      return {
        ...sound,
        async set(key, value, options) {
          near.set(key, { value })
          await sound.set(key, value, options)
        },
        get: async (key, options) => near.get(key) ?? sound.get(key, options),
      }
    },
  },
  {
    defect: 'always says that it deleted something',
    foundBy: 'delete: once it has resolved',
    spoil: (sound) => ({ ...sound, delete: async (key) => (await sound.delete(key)) || true }),
  },
  {
    defect: 'does not clear',
    foundBy: 'clear: removes everything',
    spoil: (sound) => ({ ...sound, clear: async () => {} }),
  },
  {
    defect: 'ignores the ttl',
    foundBy: 'ttl: an entry is there',
    spoil: (sound) => ({ ...sound, set: (key, value) => sound.set(key, value) }),
  },
  {
    defect: 'takes milliseconds for seconds',
    foundBy: 'ttl: an entry is there',
    spoil: (sound) => ({
      ...sound,
      set: (key, value, options = {}) =>
        sound.set(key, value, { ...options, ttlMs: options.ttlMs && options.ttlMs * 1000 }),
    }),
  },
  {
    defect: 'keeps the tags that an entry had before',
    foundBy: 'deleteByTag: ',
    spoil(sound) {
      const tags = new Map<string, readonly string[]>()
      return {
        ...sound,
        set(key, value, options = {}) {
          tags.set(key, options.tags ?? tags.get(key) ?? [])
          return sound.set(key, value, { ...options, tags: tags.get(key) })
        },
      }
    },
  },
  {
    defect: 'reads and writes a counter in two steps',
    foundBy: 'increment: begins at 0',
    spoil: (sound) => ({
      ...sound,
      async increment(key, by = 1) {
        const value = Number((await sound.get(key))?.value ?? 0) + by
        await sound.set(key, value)
        return value
      },
    }),
  },
  {
    defect: 'begins the ttl of a counter anew with each increment',
    foundBy: 'increment: its ttl',
    spoil: (sound) => ({
      ...sound,
      async increment(key, by, options) {
        const value = await sound.increment(key, by)
        await sound.set(key, value, options)
        return value
      },
    }),
  },
  {
    defect: 'creates in spite of a version',
    foundBy: 'compareAndSet: writes over the version',
    spoil: (sound) => ({
      ...sound,
      compareAndSet: async (key, value, options) =>
        sound.compareAndSet(key, value, (await sound.get(key)) ? options : { ...options, ifVersion: null }),
    }),
  },
  {
    defect: 'compares first and writes later',
    foundBy: 'compareAndSet: of ten writers',
    spoil: (sound) => ({
      ...sound,
      async compareAndSet(key, value, options) {
        if (((await sound.get(key))?.version ?? null) !== options.ifVersion) return false
        await sound.set(key, value, options)
        return true
      },
    }),
  },
  {
    defect: 'tells of no deletion',
    foundBy: 'invalidations: ',
    spoil: (sound) => ({
      ...sound,
      async *invalidations(options) {
        for await (const key of sound.invalidations(options)) if (key === 'never') yield key
      },
    }),
  },
  {
    defect: 'ignores tags that it does not claim to have',
    foundBy: 'capabilities: what is not claimed',
    spoil: (sound) => ({
      ...sound,
      capabilities: { ...sound.capabilities, tags: false },
      set: (key, value, options) => sound.set(key, value, { ...options, tags: undefined }),
    }),
  },
  {
    defect: 'has counters that it does not claim',
    foundBy: 'capabilities: what is not claimed',
    spoil: (sound) => ({ ...sound, capabilities: { ...sound.capabilities, counters: false } }),
  },
  {
    defect: 'is not well',
    foundBy: 'health: is up',
    spoil: (sound) => ({ ...sound, health: async (options) => ({ ...(await sound.health(options)), status: 'down' }) }),
  },
  {
    defect: 'ignores signals',
    foundBy: 'abort: ',
    spoil: (sound) => ({ ...sound, get: (key) => sound.get(key) }),
  },
  {
    defect: 'says CANCELLED for a timeout',
    foundBy: 'abort: ',
    spoil: (sound) => ({
      ...sound,
      async get(key, options) {
        const problem = { message: 'get was cancelled.', hint: 'Ask again.', source: 'broken', operation: 'get' }
        if (options?.signal?.aborted) throw new HoldfastError({ code: 'CANCELLED', ...problem })
        return sound.get(key, options)
      },
    }),
  },
  {
    defect: 'works on after it was closed',
    foundBy: 'close: ',
    spoil(sound) {
      const closed = Promise.resolve()
      return { ...sound, close: () => closed }
    },
  },
]
