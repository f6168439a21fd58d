import assert from 'node:assert/strict'
import type { CacheStoreCase } from './cache-store-harness.ts'

/** Putting entries there and taking them away. */
export const storeEntryCases: readonly CacheStoreCase[] = [
  {
    name: 'get: is undefined for what was never set, whatever every object has',
    async run({ store }) {
      for (const key of ['absent', '__proto__', 'constructor']) assert.equal(await store.get(key), undefined)
    },
  },
  {
    name: 'set: keeps text, numbers, null, lists and data',
    async run({ store }) {
      for (const value of ['text', '', 0, -1.5, false, null, [1, [2]], { a: { b: ['ü', null] } }]) {
        await store.set('key', value)
        assert.deepEqual((await store.get('key'))?.value, value)
      }
    },
  },
  {
    name: 'keys: are told apart, whatever encodes them',
    async run({ store }) {
      const keys = ['a', 'A', 'a:b', 'a/b', 'a%2Fb', 'a b', '*', 'ключ', '__proto__', 'x'.repeat(300)]
      for (const key of keys) await store.set(key, key)
      for (const key of keys) assert.equal((await store.get(key))?.value, key)
      for (const [index, key] of keys.entries()) {
        assert.equal(await store.delete(key), true)
        for (const [other, otherKey] of keys.entries()) {
          assert.equal((await store.get(otherKey)) !== undefined, other > index, otherKey)
        }
      }
    },
  },
  {
    name: 'delete: once it has resolved the entry is never returned again, and it says whether there was one',
    async run({ store }) {
      await store.set('gone', 1)
      await store.set('kept', 2)
      assert.equal(await store.delete('gone'), true)
      assert.equal(await store.get('gone'), undefined)
      assert.equal(await store.delete('gone'), false)
      assert.equal((await store.get('kept'))?.value, 2)
    },
  },
  {
    name: 'clear: removes everything, and the store works on',
    async run({ store }) {
      for (const key of ['a', 'b']) await store.set(key, key)
      await store.clear()
      assert.deepEqual([await store.get('a'), await store.get('b')], [undefined, undefined])
      await store.set('a', 'again')
      assert.equal((await store.get('a'))?.value, 'again')
    },
  },
  {
    name: 'ttl: an entry is there until it is over and gone from then on, and each set begins anew',
    async run({ store, advance }) {
      await store.set('short', 1, { ttlMs: 2000 })
      await store.set('renewed', 1, { ttlMs: 2000 })
      await store.set('stays', 1)
      await advance(1000)
      assert.equal((await store.get('short'))?.value, 1)
      await store.set('renewed', 2, { ttlMs: 2000 })
      await advance(1500)
      assert.equal(await store.get('short'), undefined)
      assert.equal((await store.get('renewed'))?.value, 2)
      assert.equal((await store.get('stays'))?.value, 1)
    },
  },
]
