import assert from 'node:assert/strict'
import type { Cache } from '@holdfast/contracts/cache'
import { createFakeClock } from '../fake-clock.ts'
import type { CacheCase } from './cache-harness.ts'

/** What a cache counts. */
export const statisticsCases: readonly CacheCase[] = [
  {
    name: 'statistics: are all zero before the first call',
    run(create) {
      const { evictions, ...statistics } = create({ capacity: 4, clock: createFakeClock() }).statistics()
      const expected = { hits: 0, misses: 0, hitRate: 0, size: 0, capacity: 4, utilisation: 0, isFull: false }
      assert.deepEqual(statistics, expected)
      assert.deepEqual({ ...evictions }, { capacity: 0, expired: 0, idle: 0, deleted: 0, replaced: 0, cleared: 0 })
    },
  },
  {
    name: 'statistics: count each get as a hit or a miss, and peek and has as neither',
    run(create) {
      const cache = create({ capacity: 4, clock: createFakeClock() })
      cache.set('a', 1)
      for (const key of ['a', 'a', 'a', 'b']) cache.get(key)
      for (const key of ['a', 'b']) {
        cache.peek(key)
        cache.has(key)
      }
      const { hits, misses, hitRate } = cache.statistics()
      assert.deepEqual([hits, misses, hitRate], [3, 1, 0.75])
    },
  },
  {
    name: 'statistics: say how full the cache is',
    run(create) {
      const cache = create({ capacity: 4, clock: createFakeClock() })
      cache.set('a', 1)
      const { size, utilisation, isFull } = cache.statistics()
      assert.deepEqual([size, utilisation, isFull], [1, 0.25, false])
      for (const key of ['b', 'c', 'd']) cache.set(key, 1)
      assert.deepEqual([cache.statistics().utilisation, cache.statistics().isFull], [1, true])
    },
  },
  {
    name: 'statistics: count an expired entry as a miss and as expired, an idle one as idle',
    run(create) {
      const clock = createFakeClock()
      const cache = create({ capacity: 4, clock })
      cache.set('expired', 1, { ttlMs: 10 })
      cache.set('idle', 1, { idleTtlMs: 10 })
      clock.advance(10)
      cache.get('expired')
      cache.get('idle')
      assert.deepEqual([cache.statistics().hits, cache.statistics().misses], [0, 2])
      assert.deepEqual(causes(cache), { expired: 1, idle: 1 })
    },
  },
  {
    name: 'statistics: count what left, by cause',
    run(create) {
      const cache = create({ capacity: 3, clock: createFakeClock() })
      for (const key of ['a', 'b', 'c']) cache.set(key, 1)
      cache.set('a', 2)
      cache.delete('b')
      cache.delete('b')
      assert.deepEqual(causes(cache), { replaced: 1, deleted: 1 })
      cache.set('d', 1)
      cache.set('e', 1)
      assert.deepEqual(causes(cache), { replaced: 1, deleted: 1, capacity: 1 })
      cache.clear()
      assert.deepEqual(causes(cache), { replaced: 1, deleted: 1, capacity: 1, cleared: 3 })
    },
  },
]

/** The causes that were counted at all. */
const causes = (cache: Cache<string, unknown>): Record<string, number> =>
  Object.fromEntries(Object.entries(cache.statistics().evictions).filter(([, count]) => count > 0))
