import { HoldfastError } from '@holdfast/contracts'
import type { AnyCacheStore } from '@holdfast/contracts/cache'
import type { KeyvStore } from './keyv-like.ts'

/**
 * A `CacheStore` as a store for Keyv: `new Keyv({ store: toKeyv(store) })`, so that a library that wants a Keyv can use
 * it. A Keyv with a namespace can be cleared only when the store has tags; otherwise that is UNSUPPORTED, since
 * everything else in the store would be lost with it.
 */
export const toKeyv = (store: AnyCacheStore): KeyvStore => {
  const adapter: KeyvStore = {
    namespace: undefined,
    async get(key) {
      return (await store.get(prefixed(adapter, key)))?.value
    },
    async set(key, value, ttl) {
      const tags = adapter.namespace !== undefined && store.capabilities.tags ? [tagOf(adapter.namespace)] : undefined
      await store.set(prefixed(adapter, key), value, { ttlMs: ttl, tags })
      return true
    },
    delete: (key) => store.delete(prefixed(adapter, key)),
    async has(key) {
      return (await store.get(prefixed(adapter, key))) !== undefined
    },
    async clear() {
      if (adapter.namespace === undefined) await store.clear()
      else if (store.capabilities.tags && store.deleteByTag !== undefined)
        await store.deleteByTag(tagOf(adapter.namespace))
      else throw namespaceUnsupported(store.name)
    },
    getMany: (keys) => Promise.all(keys.map((key) => adapter.get(key))),
    setMany: (entries) => Promise.all(entries.map(({ key, value, ttl }) => adapter.set(key, value, ttl))),
    deleteMany: (keys) => Promise.all(keys.map((key) => adapter.delete(key))),
    hasMany: (keys) => Promise.all(keys.map((key) => adapter.has(key))),
    disconnect: async () => {},
  }
  return adapter
}

const prefixed = ({ namespace }: KeyvStore, key: string): string =>
  namespace === undefined ? key : `${namespace}::${key}`

const tagOf = (namespace: string): string => `keyv:${namespace}`

const namespaceUnsupported = (name: string): HoldfastError =>
  new HoldfastError({
    code: 'UNSUPPORTED',
    source: 'cache',
    operation: 'clear',
    message: `The store ${name} cannot clear one namespace of Keyv, because it has no tags.`,
    hint: 'Use a store with tags, or a store of its own for each Keyv and no namespace.',
  })
