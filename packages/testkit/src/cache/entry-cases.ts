import assert from 'node:assert/strict'
import { createFakeClock } from '../fake-clock.ts'
import type { CacheCase } from './cache-harness.ts'

/** Putting entries there and taking them away. */
export const entryCases: readonly CacheCase[] = [
  {
    name: 'get: is undefined for what was never set',
    run(create) {
      const cache = create({ capacity: 10, clock: createFakeClock() })
      assert.deepEqual([cache.get('a'), cache.peek('a'), cache.has('a'), cache.size], [undefined, undefined, false, 0])
    },
  },
  {
    name: 'set: keeps the value itself, also one that is null, 0, false, NaN or empty',
    run(create) {
      const cache = create({ capacity: 10, clock: createFakeClock() })
      for (const value of [{ an: 'object' }, null, 0, false, Number.NaN, '']) {
        cache.set('key', value)
        assert.ok(Object.is(cache.get('key'), value), `get gave something else than ${String(value)}`)
        assert.ok(Object.is(cache.peek('key'), value), `peek gave something else than ${String(value)}`)
        assert.equal(cache.has('key'), true)
      }
    },
  },
  {
    name: 'set: replaces what was there and stays one entry',
    run(create) {
      const cache = create({ capacity: 10, clock: createFakeClock() })
      cache.set('a', 1)
      cache.set('a', 2)
      assert.deepEqual([cache.get('a'), cache.size], [2, 1])
    },
  },
  {
    name: 'keys: are told apart, whatever an object would make of them',
    run(create) {
      const cache = create({ capacity: 100, clock: createFakeClock() })
      const keys = [
        '',
        ' ',
        '0',
        'a',
        'A',
        '__proto__',
        'constructor',
        'hasOwnProperty',
        'toString',
        'x'.repeat(10_000),
        '\0',
        'é',
        'e\u0301',
      ]
      for (const key of keys) assert.equal(cache.get(key), undefined, key)
      for (const [index, key] of keys.entries()) cache.set(key, index)
      for (const [index, key] of keys.entries()) assert.equal(cache.get(key), index, key)
      assert.equal(cache.size, keys.length)
    },
  },
  {
    name: 'delete: removes one entry and says whether there was one',
    run(create) {
      const cache = create({ capacity: 10, clock: createFakeClock() })
      cache.set('a', 1)
      cache.set('b', 2)
      assert.equal(cache.delete('a'), true)
      assert.equal(cache.delete('a'), false)
      assert.deepEqual([cache.get('a'), cache.has('a'), cache.get('b'), cache.size], [undefined, false, 2, 1])
    },
  },
  {
    name: 'clear: removes everything, and the cache works on',
    run(create) {
      const cache = create({ capacity: 10, clock: createFakeClock() })
      for (const key of ['a', 'b', 'c']) cache.set(key, key)
      cache.clear()
      assert.deepEqual([cache.size, cache.get('a'), cache.has('b')], [0, undefined, false])
      cache.set('a', 'again')
      assert.deepEqual([cache.get('a'), cache.size], ['again', 1])
    },
  },
]
