import assert from 'node:assert/strict'
import type { AnyCacheStore } from '@holdfast/contracts/cache'
import { expectRejection } from '../expect-rejection.ts'
import { within } from '../within.ts'
import type { CacheStoreCase } from './cache-store-harness.ts'

/** What a store offers beyond the base, and that it refuses what it does not claim. */
export const storeCapabilityCases: readonly CacheStoreCase[] = [
  {
    name: 'deleteByTag: deletes what has the tag and nothing else, and counts it',
    needs: ['tags'],
    async run({ store }) {
      await store.set('one', 1, { tags: ['red', 'round'] })
      await store.set('two', 2, { tags: ['red'] })
      await store.set('three', 3, { tags: ['redder'] })
      await store.set('four', 4, { tags: ['red'] })
      await store.set('four', 4)
      const deleteByTag = method(store, 'deleteByTag')
      assert.equal(await deleteByTag.call(store, 'red'), 2)
      const left = await Promise.all(['one', 'two', 'three', 'four'].map(async (key) => (await store.get(key))?.value))
      assert.deepEqual(left, [undefined, undefined, 3, 4])
      assert.equal(await deleteByTag.call(store, 'red'), 0)
    },
  },
  {
    name: 'increment: begins at 0 and loses no increment that was made at the same time',
    needs: ['counters'],
    async run({ store }) {
      const increment = method(store, 'increment')
      assert.equal(await increment.call(store, 'counter'), 1)
      assert.equal(await increment.call(store, 'counter', 5), 6)
      assert.equal(await increment.call(store, 'counter', -2), 4)
      const counted = await Promise.all(Array.from({ length: 50 }, () => increment.call(store, 'parallel')))
      assert.deepEqual(
        counted.sort((a, b) => a - b),
        Array.from({ length: 50 }, (_, index) => index + 1),
      )
    },
  },
  {
    name: 'increment: its ttl counts from the first increment',
    needs: ['counters'],
    async run({ store, advance }) {
      const increment = method(store, 'increment')
      await increment.call(store, 'window', 1, { ttlMs: 2000 })
      await advance(1500)
      assert.equal(await increment.call(store, 'window', 1, { ttlMs: 2000 }), 2)
      await advance(1000)
      assert.equal(await increment.call(store, 'window', 1, { ttlMs: 2000 }), 1)
    },
  },
  {
    name: 'compareAndSet: writes over the version it names and no other, and null creates',
    needs: ['compareAndSet'],
    async run({ store }) {
      const compareAndSet = method(store, 'compareAndSet')
      assert.equal(await compareAndSet.call(store, 'key', 1, { ifVersion: null }), true)
      assert.equal(await compareAndSet.call(store, 'key', 2, { ifVersion: null }), false)
      const first = await versionOf(store, 'key')
      assert.equal(await compareAndSet.call(store, 'key', 3, { ifVersion: first }), true)
      assert.equal(await compareAndSet.call(store, 'key', 4, { ifVersion: first }), false)
      assert.equal((await store.get('key'))?.value, 3)
      assert.equal(await compareAndSet.call(store, 'absent', 1, { ifVersion: first }), false)
      assert.equal(await store.get('absent'), undefined)
    },
  },
  {
    name: 'compareAndSet: of ten writers at the same time exactly one wins',
    needs: ['compareAndSet'],
    async run({ store }) {
      const compareAndSet = method(store, 'compareAndSet')
      await store.set('contested', 'before')
      const ifVersion = await versionOf(store, 'contested')
      const won = await Promise.all(
        Array.from({ length: 10 }, (_, writer) => compareAndSet.call(store, 'contested', writer, { ifVersion })),
      )
      assert.equal(won.filter(Boolean).length, 1)
      assert.equal((await store.get('contested'))?.value, won.indexOf(true))
    },
  },
  {
    name: 'invalidations: tells the keys that are deleted, and ends normally when its signal is aborted',
    needs: ['invalidation'],
    async run({ store, patienceMs }) {
      const controller = new AbortController()
      const told = method(store, 'invalidations').call(store, { signal: controller.signal })[Symbol.asyncIterator]()
      const first = told.next()
      await store.set('key', 1)
      await store.delete('key')
      let item = await within(first, patienceMs, 'an invalidation')
      while (item.done !== true && item.value !== 'key' && item.value !== '*') {
        item = await within(told.next(), patienceMs, 'the invalidation of key')
      }
      assert.notEqual(item.done, true)
      const last = told.next()
      controller.abort()
      assert.equal((await within(last, patienceMs, 'the end of aborted invalidations')).done, true)
    },
  },
  {
    name: 'capabilities: what is not claimed is refused with UNSUPPORTED, never ignored',
    async run({ store }) {
      const { tags, counters, compareAndSet, invalidation } = store.capabilities
      const refused = async (operation: string, call: () => Promise<unknown>): Promise<void> => {
        await expectRejection(call, { code: 'UNSUPPORTED', operation })
      }
      if (!tags) {
        await refused('set', () => store.set('tagged', 1, { tags: ['red'] }))
        assert.equal(await store.get('tagged'), undefined)
        if (store.deleteByTag) await refused('deleteByTag', async () => store.deleteByTag?.('red'))
      }
      if (!counters && store.increment) await refused('increment', async () => store.increment?.('counter'))
      if (!compareAndSet && store.compareAndSet) {
        await refused('compareAndSet', async () => store.compareAndSet?.('key', 1, { ifVersion: null }))
      }
      if (!invalidation && store.invalidations) {
        await refused('invalidations', async () => store.invalidations?.()[Symbol.asyncIterator]().next())
      }
    },
  },
]

/** A method that a capability comes with. A store that claims the capability and lacks the method fails here. */
const method = <K extends 'deleteByTag' | 'increment' | 'compareAndSet' | 'invalidations'>(
  store: AnyCacheStore,
  name: K,
): NonNullable<AnyCacheStore[K]> => {
  const found = store[name]
  assert.ok(found !== undefined, `${store.name} claims the capability of ${name} and has no such method`)
  return found
}

const versionOf = async (store: AnyCacheStore, key: string): Promise<string> => {
  const version = (await store.get(key))?.version
  assert.ok(typeof version === 'string', 'a store with compare-and-set says the version of each entry')
  return version
}
