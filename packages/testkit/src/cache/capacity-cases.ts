import assert from 'node:assert/strict'
import { createFakeClock } from '../fake-clock.ts'
import type { CacheCase } from './cache-harness.ts'

/** How much a cache holds. */
export const capacityCases: readonly CacheCase[] = [
  {
    name: 'capacity: is never exceeded, and size is the number of entries that are found',
    run(create) {
      const cache = create({ capacity: 10, clock: createFakeClock() })
      const keys = Array.from({ length: 200 }, (_, index) => `key-${index}`)
      for (const [index, key] of keys.entries()) {
        cache.set(key, index)
        assert.ok(cache.size <= 10, `size is ${cache.size}`)
        if (index % 3 === 0) cache.get(`key-${index - 2}`)
      }
      const found = keys.filter((key) => cache.has(key))
      assert.equal(found.length, cache.size)
      assert.equal(cache.size, 10, 'it does not use its capacity')
    },
  },
  {
    name: 'capacity: what was just set is found',
    run(create) {
      for (const capacity of [1, 2, 7]) {
        const cache = create({ capacity, clock: createFakeClock() })
        for (let index = 0; index < 50; index++) {
          cache.set(`key-${index}`, index)
          assert.equal(cache.peek(`key-${index}`), index, `capacity ${capacity}, entry ${index}`)
        }
      }
    },
  },
  {
    name: 'capacity: replacing an entry evicts no other',
    run(create) {
      const cache = create({ capacity: 2, clock: createFakeClock() })
      cache.set('a', 1)
      cache.set('b', 2)
      for (let round = 0; round < 10; round++) cache.set('a', round)
      assert.deepEqual([cache.get('a'), cache.get('b'), cache.size], [9, 2, 2])
    },
  },
  {
    name: 'capacity 0: holds nothing and harms nothing',
    run(create) {
      const cache = create({ capacity: 0, clock: createFakeClock() })
      cache.set('a', 1)
      assert.deepEqual([cache.get('a'), cache.has('a'), cache.size, cache.delete('a')], [undefined, false, 0, false])
      assert.equal(cache.statistics().utilisation, 0)
    },
  },
  {
    name: 'weight: counts against the capacity',
    run(create) {
      const cache = create({ capacity: 10, clock: createFakeClock() })
      for (let index = 0; index < 20; index++) {
        cache.set(`heavy-${index}`, index, { weight: 3 })
        const held = Array.from({ length: index + 1 }, (_, other) => `heavy-${other}`).filter((key) => cache.has(key))
        assert.ok(held.length <= 3, `${held.length} entries of weight 3 are held in a capacity of 10`)
        assert.equal(cache.statistics().size, held.length * 3)
      }
    },
  },
]
