import assert from 'node:assert/strict'
import { HoldfastError } from '@holdfast/contracts'
import { createFakeClock } from '../fake-clock.ts'
import type { CacheCase } from './cache-harness.ts'

/** When entries are gone by themselves. */
export const expiryCases: readonly CacheCase[] = [
  {
    name: 'ttl: an entry is there until it is over and gone from then on, for every way to look',
    run(create) {
      const clock = createFakeClock()
      const cache = create({ capacity: 10, ttlMs: 1000, clock })
      cache.set('a', 1)
      clock.advance(999)
      assert.deepEqual([cache.has('a'), cache.peek('a'), cache.get('a')], [true, 1, 1])
      clock.advance(1)
      assert.deepEqual([cache.has('a'), cache.peek('a'), cache.get('a')], [false, undefined, undefined])
      assert.equal(cache.delete('a'), false)
    },
  },
  {
    name: 'ttl: is not prolonged by reading, and begins anew with each set',
    run(create) {
      const clock = createFakeClock()
      const cache = create({ capacity: 10, ttlMs: 1000, clock })
      cache.set('read', 1)
      cache.set('written', 1)
      clock.advance(600)
      cache.get('read')
      cache.set('written', 2)
      clock.advance(600)
      assert.deepEqual([cache.get('read'), cache.get('written')], [undefined, 2])
    },
  },
  {
    name: 'ttl: of an entry goes before the one of the cache, and Infinity is never',
    run(create) {
      const clock = createFakeClock()
      const cache = create({ capacity: 10, ttlMs: 1000, clock })
      cache.set('short', 1, { ttlMs: 10 })
      cache.set('long', 1, { ttlMs: 10_000 })
      cache.set('ever', 1, { ttlMs: Number.POSITIVE_INFINITY })
      cache.set('default', 1)
      clock.advance(10)
      assert.deepEqual([cache.has('short'), cache.has('default')], [false, true])
      clock.advance(1000)
      assert.deepEqual([cache.has('long'), cache.has('default')], [true, false])
      clock.advance(2 ** 40)
      assert.deepEqual([cache.has('long'), cache.has('ever')], [false, true])
    },
  },
  {
    name: 'ttl: without one an entry stays, and one of its own counts all the same',
    run(create) {
      const clock = createFakeClock()
      const cache = create({ capacity: 10, clock })
      cache.set('stays', 1)
      cache.set('goes', 1, { ttlMs: 50 })
      clock.advance(50)
      assert.deepEqual([cache.has('stays'), cache.has('goes')], [true, false])
      clock.advance(2 ** 40)
      assert.equal(cache.get('stays'), 1)
    },
  },
  {
    name: 'ttl: of 0 or less is over at once, for what was there before too',
    run(create) {
      const cache = create({ capacity: 10, clock: createFakeClock() })
      for (const ttlMs of [0, -1, Number.NEGATIVE_INFINITY]) {
        cache.set('a', 'before')
        cache.set('a', 'after', { ttlMs })
        assert.deepEqual(
          [cache.get('a'), cache.has('a'), cache.peek('a')],
          [undefined, false, undefined],
          String(ttlMs),
        )
      }
    },
  },
  {
    name: 'ttl: NaN is INVALID_ARGUMENT and changes nothing',
    run(create) {
      const cache = create({ capacity: 10, clock: createFakeClock() })
      cache.set('a', 'before')
      assert.throws(
        () => cache.set('a', 'after', { ttlMs: Number.NaN }),
        (error) => HoldfastError.is(error, 'INVALID_ARGUMENT'),
      )
      assert.equal(cache.get('a'), 'before')
    },
  },
  {
    name: 'idle ttl: is prolonged by get, not by peek or has',
    run(create) {
      const clock = createFakeClock()
      const cache = create({ capacity: 10, idleTtlMs: 1000, clock })
      for (const key of ['used', 'seen', 'idle']) cache.set(key, key)
      for (let round = 0; round < 4; round++) {
        clock.advance(400)
        assert.equal(cache.get('used'), 'used')
        cache.peek('seen')
        cache.has('seen')
      }
      assert.deepEqual([cache.has('used'), cache.has('seen'), cache.has('idle')], [true, false, false])
    },
  },
  {
    name: 'idle ttl: does not outlive the ttl, and an entry can have its own',
    run(create) {
      const clock = createFakeClock()
      const cache = create({ capacity: 10, ttlMs: 1000, clock })
      cache.set('own', 1, { idleTtlMs: 100 })
      cache.set('used', 1, { idleTtlMs: 600 })
      clock.advance(100)
      assert.equal(cache.has('own'), false)
      clock.advance(400)
      assert.equal(cache.get('used'), 1)
      clock.advance(500)
      assert.equal(cache.get('used'), undefined)
    },
  },
  {
    name: 'ttl: goes by the monotonic clock, so a jump of the wall clock changes nothing',
    run(create) {
      const clock = createFakeClock()
      const cache = create({ capacity: 10, ttlMs: 1000, clock })
      cache.set('a', 1)
      clock.setWall(clock.wallNow() + 1_000_000)
      assert.equal(cache.get('a'), 1)
      clock.setWall(0)
      clock.advance(1000)
      assert.equal(cache.get('a'), undefined)
    },
  },
]
