import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { EvictionCause } from '@holdfast/contracts/cache'
import { createFakeClock } from '@holdfast/testkit'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createCache } from './create-cache.ts'

const policies = ['s3-fifo', 'lru', 'lfu'] as const
const never = Number.POSITIVE_INFINITY

describe('keys and values', () => {
  test('keys of every type are told apart as a Map does it', () => {
    const keys = [0, '0', 1n, true, null, undefined, Number.NaN, '', Symbol('a'), Symbol('a'), {}, {}, [], () => {}]
    const cache = createCache<unknown, number>({ capacity: 100 })
    for (const [index, key] of keys.entries()) cache.set(key, index)
    for (const [index, key] of keys.entries()) expect(cache.get(key)).toBe(index)
    expect([cache.size, cache.get(-0), cache.get(Number.NaN)]).toEqual([keys.length, 0, 6])
    expect(cache.deleteByPrefix('')).toBe(2)
    for (const key of keys) cache.delete(key)
    expect(cache.size).toBe(0)
  })

  test('every value but undefined is one', () => {
    const cache = createCache<string, unknown>({ capacity: 100 })
    for (const value of [null, false, 0, '', Number.NaN]) {
      cache.set('key', value)
      expect([cache.get('key'), cache.has('key')]).toEqual([value, true])
    }
    expect(() => cache.set('key', undefined)).toThrow(/undefined/)
    expect(() => cache.set('new', undefined, {})).toThrow(/undefined/)
  })

  test('entry options that cannot be meant are refused, all at once, and change nothing', () => {
    const cache = createCache<string, number>({ capacity: 10 })
    cache.set('key', 1)
    const tags: readonly string[] = JSON.parse('[1]')
    expect(() => cache.set('key', 2, { ttlMs: Number.NaN, idleTtlMs: Number.NaN, weight: Number.NaN, tags })).toThrow(
      /ttlMs: given NaN.*idleTtlMs: given NaN.*weight: given NaN.*tags/,
    )
    expect(() => cache.set('key', 2, { weight: -1 })).toThrow(/weight: given -1/)
    expect(cache.get('key')).toBe(1)
  })
})

describe.each(policies)('weights with the policy %s', (policy) => {
  test('an entry that is heavier than the cache is not held, and what was there under its key is gone', () => {
    const left: [string, number, EvictionCause][] = []
    const cache = createCache<string, number>({
      capacity: 10,
      policy,
      onEvict: (key, value, cause) => left.push([key, value, cause]),
    })
    cache.set('key', 1)
    cache.set('other', 2)
    cache.set('key', 3, { weight: 11 })
    expect([cache.has('key'), cache.get('other'), cache.statistics().size]).toEqual([false, 2, 1])
    expect(left).toEqual([
      ['key', 1, 'replaced'],
      ['key', 3, 'capacity'],
    ])
    cache.set('key', 4, { weight: never })
    expect(cache.has('key')).toBe(false)
  })

  test('as many leave as have to, and a new weight counts', () => {
    const cache = createCache<string, string>({ capacity: 10, policy, weigh: (value) => value.length })
    for (const key of 'abcdefgh') cache.set(key, '1')
    cache.set('heavy', '12345')
    expect([cache.size, cache.statistics().size, cache.has('heavy')]).toEqual([6, 10, true])
    cache.set('heavy', '123')
    expect([cache.statistics().size, cache.statistics().isFull]).toEqual([8, false])
    cache.set('empty', '')
    cache.set('half', '', { weight: 0.5 })
    expect(cache.statistics().size).toBe(10)
    cache.set('heaviest', '1234567890')
    expect([cache.size, cache.statistics().size]).toEqual([1, 10])
    expect(() => createCache<string, number>({ capacity: 1, weigh: () => Number.NaN }).set('key', 1)).toThrow(/weigh/)
  })
})

describe('time', () => {
  test('a jump of the wall clock, in either direction, harms nothing', () => {
    const clock = createFakeClock()
    const cache = createCache<string, number>({ capacity: 10, ttlMs: 1000, idleTtlMs: 1000, clock })
    cache.set('key', 1)
    clock.setWall(0)
    expect(cache.get('key')).toBe(1)
    clock.setWall(Date.UTC(2100, 0, 1))
    expect(cache.get('key')).toBe(1)
    clock.advance(1000)
    expect(cache.get('key')).toBe(undefined)
  })

  test('what has expired is removed without a read, and then nothing is left to wake the process', () => {
    const clock = createFakeClock()
    const left: string[] = []
    const cache = createCache<string, number>({
      capacity: 10,
      clock,
      onEvict: (key, _, cause) => left.push(`${key} ${cause}`),
    })
    cache.set('short', 1, { ttlMs: 10 })
    cache.set('idle', 1, { idleTtlMs: 1500 })
    cache.set('long', 1, { ttlMs: 60_000 })
    cache.set('ever', 1)
    clock.advance(1000)
    expect([left, cache.size]).toEqual([['short expired'], 3])
    clock.advance(1000)
    expect(left).toEqual(['short expired', 'idle idle'])
    clock.advance(60_000)
    expect([cache.size, clock.pendingTimers]).toEqual([1, 0])
  })

  test('the sweep goes by the time of the sweep, not by what a read saw a moment before', () => {
    const clock = createFakeClock()
    const cache = createCache<string, number>({ capacity: 10, ttlMs: 1000, clock })
    cache.set('key', 1)
    clock.advance(999)
    expect(cache.has('key')).toBe(true)
    clock.advance(1)
    expect(cache.size).toBe(0)
  })

  test('a cache without TTLs never reads the clock and sets no timer', () => {
    const clock = { ...createFakeClock(), monotonicNow: () => expect.unreachable() }
    const cache = createCache<string, number>({ capacity: 2, clock })
    for (const key of ['a', 'b', 'c']) cache.set(key, 1)
    expect([cache.get('c'), clock.pendingTimers]).toEqual([1, 0])
  })

  test('jitter shortens each TTL by up to its share', () => {
    const clock = createFakeClock()
    let random = 0
    const cache = createCache<string, number>({
      capacity: 10,
      ttlMs: 1000,
      ttlJitter: 0.2,
      random: () => random,
      clock,
    })
    cache.set('least', 1)
    random = 0.5
    cache.set('half', 1)
    cache.set('ever', 1, { ttlMs: never })
    clock.advance(899)
    expect([cache.has('half'), cache.has('least')]).toEqual([true, true])
    clock.advance(1)
    expect([cache.has('half'), cache.has('least'), cache.has('ever')]).toEqual([false, true, true])
  })

  test('the first entry with an idle TTL leaves those before it alone', () => {
    const clock = createFakeClock()
    const cache = createCache<string, number>({ capacity: 100, clock })
    for (let key = 0; key < 20; key++) cache.set(`before ${key}`, key, { ttlMs: 10_000 })
    cache.set('idle', 1, { idleTtlMs: 100, ttlMs: 10_000 })
    for (let key = 0; key < 20; key++) cache.set(`after ${key}`, key)
    clock.advance(5000)
    expect([cache.has('idle'), cache.has('before 0'), cache.has('after 19'), cache.size]).toEqual([
      false,
      true,
      true,
      40,
    ])
  })
})

describe('iteration', () => {
  test.each(policies)('entries come in the order of the policy %s, whatever leaves meanwhile', (policy) => {
    const cache = createCache<number, number>({ capacity: 5, policy })
    for (let key = 0; key < 5; key++) cache.set(key, key)
    const seen: number[] = []
    for (const [key] of cache.entries()) {
      seen.push(key)
      // Three newcomers push three old ones out, whose slots they take.
      if (seen.length === 1) for (const other of [10, 11, 12]) cache.set(other, other)
    }
    expect(new Set(seen).size).toBe(seen.length)
    expect(seen.every((key) => key < 5)).toBe(true)
    expect(seen.slice(1).every((key) => cache.has(key))).toBe(true)
    expect([...cache.entries()]).toHaveLength(5)
  })

  test('the most recently used comes first with LRU', () => {
    const cache = createCache<string, number>({ capacity: 5, policy: 'lru' })
    for (const key of ['a', 'b', 'c']) cache.set(key, 1)
    cache.get('a')
    expect([...cache.entries()].map(([key]) => key)).toEqual(['a', 'c', 'b'])
  })
})

describe('onEvict', () => {
  test('may use the cache; what leaves because of it is told in order, after the cache is consistent', () => {
    const left: string[] = []
    const cache = createCache<string, number>({
      capacity: 2,
      policy: 'lru',
      onEvict(key, value, cause) {
        left.push(`${key}=${value} ${cause} ${cache.has(key)} ${cache.size}`)
        if (key === 'a') cache.set('d', 4)
      },
    })
    for (const [value, key] of ['a', 'b', 'c'].entries()) cache.set(key, value)
    expect(left).toEqual(['a=0 capacity false 2', 'b=1 capacity false 2'])
    expect([...cache.entries()].map(([key]) => key)).toEqual(['d', 'c'])
    cache.clear()
    expect(left.slice(2)).toEqual(['c=2 cleared false 0', 'd=4 cleared false 0'])
  })

  test('that throws harms nobody and is logged without key or value', () => {
    const lines: unknown[] = []
    const logger = { debug() {}, info() {}, warn() {}, error: (...line: unknown[]) => void lines.push(line) }
    const onEvict = (): void => {
      throw new RangeError('hunter2')
    }
    const cache = createCache<string, number>({ capacity: 1, name: 'sessions', logger, onEvict })
    cache.set('a', 1)
    cache.set('b', 2)
    expect(cache.get('b')).toBe(2)
    expect(lines).toEqual([[{ cache: 'sessions', error: 'RangeError' }, 'onEvict threw']])
  })
})

describe('tags and prefixes', () => {
  test('delete what carries them, and an overwrite takes its tags along', () => {
    const cache = createCache<string, number>({ capacity: 100 })
    cache.set('user:1', 1, { tags: ['users', 'admins'] })
    cache.set('user:2', 2, { tags: ['users'] })
    cache.set('role:1', 3, { tags: ['roles'] })
    cache.set('user:2', 4)
    expect([cache.deleteByTag('users'), cache.deleteByTag('users'), cache.deleteByTag('none')]).toEqual([1, 0, 0])
    expect([cache.has('user:1'), cache.get('user:2')]).toEqual([false, 4])
    expect([cache.deleteByPrefix('user:'), cache.deleteByPrefix('user:'), cache.size]).toEqual([1, 0, 1])
  })

  test('of an entry that was evicted are forgotten with it', () => {
    const cache = createCache<number, number>({ capacity: 3 })
    for (let key = 0; key < 10; key++) cache.set(key, key, { tags: ['all'] })
    cache.set(3, 3)
    expect(cache.deleteByTag('all')).toBeLessThanOrEqual(3)
    expect(cache.size).toBe(1)
    cache.clear()
    cache.set(1, 1)
    expect(cache.deleteByTag('all')).toBe(0)
  })
})

describe('dump and load', () => {
  test.each(policies)('a cache that was loaded from a dump goes on as the first one would: %s', (policy) => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 19 }), { minLength: 50, maxLength: 100, size: 'max' }), (uses) => {
        const first = createCache<number, number>({ capacity: 10, policy })
        for (const key of uses) if (first.get(key) === undefined) first.set(key, key)
        const second = createCache<number, number>({ capacity: 10, policy })
        expect(second.load(JSON.parse(JSON.stringify(first.dump())))).toBe(first.size)
        expect(second.dump().entries).toEqual(first.dump().entries)
      }),
    )
  })

  test('keeps weights, tags and what is left of the TTLs', () => {
    const clock = createFakeClock()
    const first = createCache<string, number>({ capacity: 10, clock })
    first.set('ttl', 1, { ttlMs: 1000, tags: ['t'], weight: 3 })
    first.set('idle', 2, { idleTtlMs: 500 })
    first.getOrLoad('stale', () => 3, { ttlMs: 100, staleIfErrorMs: 5000 })
    first.set('gone', 4, { ttlMs: 100 })
    clock.advance(400)
    const dump = first.dump()
    expect(dump.entries.map(({ key }) => key).sort()).toEqual(['idle', 'stale', 'ttl'])
    clock.advance(300)
    const second = createCache<string, number>({ capacity: 10, clock })
    second.load(dump)
    expect(second.statistics().size).toBe(5)
    clock.advance(299)
    expect([second.get('ttl'), second.get('idle'), second.get('stale')]).toEqual([1, 2, undefined])
    clock.advance(1)
    expect(second.get('ttl')).toBe(undefined)
    expect(second.deleteByTag('t')).toBe(0)
    clock.advance(500)
    expect(second.get('idle')).toBe(undefined)
  })

  test('a wall clock that went back makes nothing older, and one that jumped forward drops what has expired', () => {
    const clock = createFakeClock()
    const first = createCache<string, number>({ capacity: 10, clock })
    first.set('key', 1, { ttlMs: 1000 })
    const dump = first.dump()
    const later = createFakeClock({ wallMs: dump.dumpedAtMs + 1000 })
    const earlier = createFakeClock({ wallMs: dump.dumpedAtMs - 1000 })
    expect(createCache<string, number>({ capacity: 10, clock: later }).load(dump)).toBe(0)
    const second = createCache<string, number>({ capacity: 10, clock: earlier })
    expect(second.load(dump)).toBe(1)
    earlier.advance(999)
    expect(second.has('key')).toBe(true)
    earlier.advance(1)
    expect(second.has('key')).toBe(false)
  })

  test('another policy takes the entries without what the first one knew, and a smaller cache the best of them', () => {
    const first = createCache<number, number>({ capacity: 10, policy: 'lru' })
    for (let key = 0; key < 10; key++) first.set(key, key)
    const second = createCache<number, number>({ capacity: 4, policy: 's3-fifo' })
    expect(second.load(first.dump())).toBe(4)
    const third = createCache<number, number>({ capacity: 4, policy: 'lru' })
    third.load(first.dump())
    expect([...third.entries()].map(([key]) => key)).toEqual([9, 8, 7, 6])
  })

  test('what is not a dump is refused', () => {
    const cache = createCache({ capacity: 1 })
    for (const text of ['null', '{}', '{"format":2,"dumpedAtMs":1,"entries":[]}', '{"format":1,"entries":[]}']) {
      expect(() => cache.load(JSON.parse(text))).toThrow(/not a dump/)
    }
  })
})

describe('statistics', () => {
  test('that are switched off count no reads, and everything else', () => {
    const cache = createCache<string, number>({ capacity: 1, statistics: 'off' })
    cache.set('a', 1)
    cache.get('a')
    cache.get('b')
    cache.set('b', 2)
    const { hits, misses, hitRate, size, evictions } = cache.statistics()
    expect([hits, misses, hitRate, size, evictions.capacity]).toEqual([0, 0, 0, 1, 1])
  })
})

describe('diagnostics channels', () => {
  test('tell of loads and evictions, never a value, and of nothing before anybody listens', async () => {
    const events: unknown[] = []
    const listen = (event: unknown): void => void events.push(event)
    const clock = createFakeClock()
    const cache = createCache<string, string>({ capacity: 1, name: 'users', clock })
    cache.set('quiet', 'hunter2')
    cache.set('a', 'hunter2')
    subscribe('holdfast.cache.evicted', listen)
    subscribe('holdfast.cache.loaded', listen)
    cache.set('a', 'hunter2')
    const loading = cache.getOrLoad('b', async () => 'hunter2')
    clock.advance(7)
    await loading
    await Promise.resolve(cache.getOrLoad('c', async () => Promise.reject(new TypeError('hunter2')))).catch(() => {})
    const discarded = cache.getOrLoad('d', async () => 'hunter2')
    cache.delete('d')
    await discarded
    cache.getOrLoad('e', () => undefined)
    cache.clear()
    unsubscribe('holdfast.cache.evicted', listen)
    unsubscribe('holdfast.cache.loaded', listen)
    cache.set('f', 'hunter2')
    cache.clear()
    expect(events).toEqual([
      { cache: 'users', key: 'a', cause: 'capacity' },
      { cache: 'users', key: 'b', outcome: 'loaded', durationMs: 7 },
      { cache: 'users', key: 'c', outcome: 'failed', durationMs: 0, error: 'TypeError' },
      { cache: 'users', key: 'd', outcome: 'discarded', durationMs: 0 },
      { cache: 'users', key: 'e', outcome: 'absent', durationMs: 0 },
      { cache: 'users', key: 'b', cause: 'cleared' },
    ])
    expect(JSON.stringify(events)).not.toContain('hunter2')
  })
})

test('a million evictions do not slow a cache down by what has left it', () => {
  const cache = createCache<number, number>({ capacity: 1000, policy: 's3-fifo' })
  for (let key = 0; key < 1_000_000; key++) cache.set(key, key)
  expect([cache.size, cache.statistics().evictions.capacity]).toEqual([1000, 999_000])
})
