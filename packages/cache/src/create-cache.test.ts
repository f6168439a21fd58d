import { HoldfastError } from '@holdfast/contracts'
import { createFakeClock } from '@holdfast/testkit'
import { describe, expect, test } from 'vitest'
import type { CachePolicyName } from './cache-options.ts'
import { createCache } from './create-cache.ts'

const policies: readonly CachePolicyName[] = ['s3-fifo', 'lru', 'lfu']

describe.each(policies)('a cache with the policy %s', (policy) => {
  test('holds what was set and forgets what was deleted', () => {
    const cache = createCache<string, number>({ capacity: 10, policy })
    cache.set('a', 1)
    cache.set('b', 2)
    expect([cache.get('a'), cache.peek('b'), cache.has('c'), cache.size]).toEqual([1, 2, false, 2])
    cache.set('a', 3)
    expect([cache.get('a'), cache.size]).toEqual([3, 2])
    expect([cache.delete('a'), cache.delete('a'), cache.get('a'), cache.size]).toEqual([true, false, undefined, 1])
    cache.clear()
    expect([cache.size, cache.get('b')]).toEqual([0, undefined])
  })

  test('never holds more than its capacity, also of 0 and 1', () => {
    for (const capacity of [0, 1, 2, 7]) {
      const cache = createCache<number, number>({ capacity, policy })
      for (let key = 0; key < 100; key++) {
        cache.set(key, key)
        expect(cache.get(key)).toBe(capacity === 0 ? undefined : key)
        expect(cache.size).toBeLessThanOrEqual(capacity)
      }
      expect(cache.size).toBe(capacity)
    }
  })

  test('an entry is gone when its time is over, to the millisecond', () => {
    const clock = createFakeClock()
    const cache = createCache<string, number>({ capacity: 10, ttlMs: 1000, policy, clock })
    cache.set('default', 1)
    cache.set('own', 2, { ttlMs: 500 })
    cache.set('always', 3, { ttlMs: Number.POSITIVE_INFINITY })
    cache.set('never', 4, { ttlMs: 0 })
    expect(cache.has('never')).toBe(false)
    clock.advance(499)
    expect(cache.has('own')).toBe(true)
    clock.advance(1)
    expect([cache.get('own'), cache.get('default')]).toEqual([undefined, 1])
    clock.advance(500)
    expect([cache.get('default'), cache.get('always')]).toEqual([undefined, 3])
  })

  test('a get starts the idle time again, a peek does not', () => {
    const clock = createFakeClock()
    const cache = createCache<string, number>({ capacity: 10, idleTtlMs: 100, policy, clock })
    cache.set('read', 1)
    cache.set('peeked', 2)
    clock.advance(99)
    expect([cache.get('read'), cache.peek('peeked')]).toEqual([1, 2])
    clock.advance(99)
    expect([cache.get('read'), cache.peek('peeked')]).toEqual([1, undefined])
    clock.advance(100)
    expect(cache.get('read')).toBe(undefined)
  })

  test('counts hits, misses and why entries left', () => {
    const clock = createFakeClock()
    const cache = createCache<string, number>({ capacity: 2, policy, clock })
    cache.set('a', 1)
    cache.set('a', 2)
    cache.get('a')
    cache.get('a')
    cache.get('a')
    cache.get('nothing')
    cache.set('b', 1, { ttlMs: 10 })
    clock.advance(10)
    cache.get('b')
    cache.set('c', 1)
    cache.set('d', 1)
    cache.delete('d')
    expect(cache.statistics()).toMatchObject({ hits: 3, misses: 2, hitRate: 0.6, capacity: 2, size: 1, isFull: false })
    expect(cache.statistics().utilisation).toBe(0.5)
    cache.clear()
    const { evictions } = cache.statistics()
    expect(evictions).toEqual({ capacity: 1, expired: 1, idle: 0, deleted: 1, replaced: 1, cleared: 1 })
  })
})

test('the least recently used entry leaves first', () => {
  const cache = createCache<string, number>({ capacity: 2, policy: 'lru' })
  cache.set('a', 1)
  cache.set('b', 2)
  cache.get('a')
  cache.set('c', 3)
  expect([cache.has('a'), cache.has('b'), cache.has('c')]).toEqual([true, false, true])
})

test('every option that is wrong is named at once', () => {
  const attempt = (): unknown =>
    createCache({ capacity: -1, ttlMs: Number.NaN, idleTtlMs: Number.NaN, ttlJitter: 2, name: '' })
  expect(attempt).toThrow(/capacity: given -1.*name.*ttlMs: given NaN.*idleTtlMs: given NaN.*ttlJitter: given 2/)
  try {
    attempt()
  } catch (error) {
    expect(HoldfastError.is(error, 'INVALID_ARGUMENT')).toBe(true)
  }
})
