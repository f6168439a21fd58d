import { createFakeClock, type FakeClock } from '@holdfast/testkit'
import { describe, expect, test } from 'vitest'
import type { CreateCacheOptions } from './cache-options.ts'
import { createCache } from './create-cache.ts'
import type { InProcessCache } from './in-process-cache.ts'

const setUp = (
  options: Partial<CreateCacheOptions<string, string>> = {},
): { cache: InProcessCache<string, string>; clock: FakeClock } => {
  const clock = createFakeClock()
  return { clock, cache: createCache<string, string>({ capacity: 100, clock, ...options }) }
}

/** A loader that answers when it is told to, and counts its calls. */
const createHeldLoader = () => {
  const calls: PromiseWithResolvers<string>[] = []
  const signals: AbortSignal[] = []
  return {
    calls,
    signals,
    load: (_: string, context: { readonly signal: AbortSignal }): Promise<string> => {
      const call = Promise.withResolvers<string>()
      calls.push(call)
      signals.push(context.signal)
      return call.promise
    },
  }
}

describe('getOrLoad', () => {
  test('answers a hit at once and without a promise, a miss with a promise that is shared', async () => {
    const { cache } = setUp()
    const { load, calls } = createHeldLoader()
    const waiting = [cache.getOrLoad('key', load), cache.getOrLoad('key', load)]
    expect(calls).toHaveLength(1)
    calls[0]?.resolve('value')
    expect(await Promise.all(waiting)).toEqual(['value', 'value'])
    expect(cache.getOrLoad('key', load)).toBe('value')
    expect(cache.statistics()).toMatchObject({ hits: 1, misses: 2 })
  })

  test('a loader without a promise is answered without one', () => {
    const { cache } = setUp()
    expect(cache.getOrLoad('key', (key) => `${key}!`)).toBe('key!')
    expect(cache.get('key')).toBe('key!')
  })

  test('10,000 waiters on a load that fails: one load, and all are told in one turn', async () => {
    const { cache } = setUp()
    const { load, calls } = createHeldLoader()
    const told: string[] = []
    for (let waiter = 0; waiter < 10_000; waiter++) {
      Promise.resolve(cache.getOrLoad('key', load)).catch((error: Error) => told.push(error.message))
    }
    calls[0]?.reject(new Error('down'))
    await new Promise((resolve) => setImmediate(resolve))
    expect([calls.length, told.length, new Set(told).size]).toEqual([1, 10_000, 1])
    expect(cache.size).toBe(0)
  })

  test('a loader that throws before its first await rejects, and leaves nothing behind', async () => {
    const { cache } = setUp()
    const fail = (): string => {
      throw new TypeError('no')
    }
    await expect(cache.getOrLoad('key', fail)).rejects.toThrow('no')
    expect(cache.getOrLoad('key', () => 'fine')).toBe('fine')
  })

  test('a loader that never settles is given up after loadTimeoutMs, told so, and can be tried again', async () => {
    const { cache, clock } = setUp()
    const { load, signals } = createHeldLoader()
    const waiting = cache.getOrLoad('key', load, { loadTimeoutMs: 500 })
    const outcome = expect(waiting).rejects.toMatchObject({ code: 'TIMEOUT', reason: 'DEADLINE_EXCEEDED' })
    await clock.advanceAsync(500)
    await outcome
    expect(signals[0]?.aborted).toBe(true)
    expect(cache.getOrLoad('key', () => 'second')).toBe('second')
    expect(clock.pendingTimers).toBe(0)
  })

  test('a loader may use the cache, but not wait for its own key', async () => {
    const { cache } = setUp()
    const value = await cache.getOrLoad('a', async () => {
      cache.set('other', 'set')
      cache.delete('nothing')
      return `${await cache.getOrLoad('b', async () => 'b')} in a`
    })
    expect([value, cache.get('b'), cache.get('other')]).toEqual(['b in a', 'b', 'set'])
    const own = (): string | Promise<string> => cache.getOrLoad('self', own)
    await expect(cache.getOrLoad('self', own)).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      operation: 'getOrLoad',
    })
  })

  test.each([
    ['delete', (cache: InProcessCache<string, string>) => void cache.delete('user:1')],
    ['deleteByPrefix', (cache: InProcessCache<string, string>) => void cache.deleteByPrefix('user:')],
    ['deleteByTag', (cache: InProcessCache<string, string>) => void cache.deleteByTag('users')],
    ['clear', (cache: InProcessCache<string, string>) => cache.clear()],
  ])('a %s during a load is never undone, and the caller in flight still gets its answer', async (_, forget) => {
    const { cache } = setUp()
    const { load, calls } = createHeldLoader()
    const early = cache.getOrLoad('user:1', load, { tags: ['users'] })
    forget(cache)
    const late = cache.getOrLoad('user:1', load, { tags: ['users'] })
    expect(calls).toHaveLength(2)
    calls[1]?.resolve('new')
    expect(await late).toBe('new')
    calls[0]?.resolve('old')
    expect(await early).toBe('old')
    expect(cache.get('user:1')).toBe('new')
  })

  test('a set during a load stays', async () => {
    const { cache } = setUp()
    const { load, calls } = createHeldLoader()
    const waiting = cache.getOrLoad('key', load)
    cache.set('key', 'written')
    calls[0]?.resolve('loaded')
    expect([await waiting, cache.get('key')]).toEqual(['loaded', 'written'])
  })

  test('a delete of a tag counts for loads whose tags only the value will tell', async () => {
    const { cache } = setUp()
    const { load, calls } = createHeldLoader()
    const unknown = cache.getOrLoad('a', load, { entry: () => ({ tags: ['users'] }) })
    const others = cache.getOrLoad('b', load, { tags: ['roles'] })
    cache.deleteByTag('users')
    for (const call of calls) call.resolve('loaded')
    await Promise.all([unknown, others])
    expect([cache.get('a'), cache.get('b')]).toEqual([undefined, 'loaded'])
  })

  test('the value tells its own TTL, tags and weight', async () => {
    const { cache, clock } = setUp()
    await cache.getOrLoad('token', async () => 'abc', {
      ttlMs: 1,
      entry: (value) => ({ ttlMs: value.length * 1000, tags: ['t'], weight: 5 }),
    })
    clock.advance(2999)
    expect([cache.has('token'), cache.statistics().size]).toEqual([true, 5])
    expect(cache.deleteByTag('t')).toBe(1)
  })

  test('options that cannot be meant are refused when something is loaded', () => {
    const { cache } = setUp()
    expect(() => cache.getOrLoad('key', () => 'value', { loadTimeoutMs: Number.NaN })).toThrow(
      /loadTimeoutMs: given NaN/,
    )
    expect(() => cache.getOrLoad('key', () => 'value', { ttlMs: Number.NaN })).toThrow(/ttlMs: given NaN/)
  })
})

describe('waiters that give up', () => {
  test('one does not harm the others, and the load is aborted when the last has left', async () => {
    const { cache } = setUp()
    const { load, calls, signals } = createHeldLoader()
    const [first, second] = [new AbortController(), new AbortController()]
    const waiting = [
      cache.getOrLoad('key', load, { signal: first.signal }),
      cache.getOrLoad('key', load, { signal: second.signal }),
    ]
    const outcomes = Promise.allSettled(waiting)
    first.abort()
    expect(signals[0]?.aborted).toBe(false)
    second.abort()
    expect(signals[0]?.aborted).toBe(true)
    expect((await outcomes).map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    const again = cache.getOrLoad('key', load)
    calls[1]?.resolve('second load')
    calls[0]?.reject(new Error('aborted'))
    expect(await again).toBe('second load')
  })

  test('a load goes on when somebody waits who cannot leave', async () => {
    const { cache } = setUp()
    const { load, calls, signals } = createHeldLoader()
    const controller = new AbortController()
    const leaving = cache.getOrLoad('key', load, { signal: controller.signal })
    const staying = cache.getOrLoad('key', load)
    controller.abort()
    await expect(leaving).rejects.toMatchObject({ code: 'CANCELLED' })
    calls[0]?.resolve('value')
    expect([await staying, signals[0]?.aborted]).toEqual(['value', false])
  })

  test('who has given up already starts nothing', async () => {
    const { cache } = setUp()
    const { load, calls } = createHeldLoader()
    await expect(cache.getOrLoad('key', load, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'CANCELLED',
    })
    await expect(
      cache.getOrLoadMany(['key'], async () => new Map(), { signal: AbortSignal.abort() }),
    ).rejects.toMatchObject({ code: 'CANCELLED' })
    expect(calls).toHaveLength(0)
  })

  test('no listener stays on a signal that outlives the load', async () => {
    const { cache } = setUp()
    const controller = new AbortController()
    let listeners = 0
    const { addEventListener, removeEventListener } = controller.signal
    controller.signal.addEventListener = (...args: Parameters<typeof addEventListener>) => {
      listeners += 1
      addEventListener.apply(controller.signal, args)
    }
    controller.signal.removeEventListener = (...args: Parameters<typeof removeEventListener>) => {
      listeners -= 1
      removeEventListener.apply(controller.signal, args)
    }
    await cache.getOrLoad('key', async () => 'value', { signal: controller.signal })
    await new Promise((resolve) => setImmediate(resolve))
    expect(listeners).toBe(0)
  })
})

describe('stale values', () => {
  const options = { ttlMs: 1000, staleWhileRevalidateMs: 5000 }

  test('are answered at once while the value is loaded anew, once', async () => {
    const { cache, clock } = setUp()
    const { load, calls } = createHeldLoader()
    cache.getOrLoad('key', () => 'old', options)
    clock.advance(1000)
    expect(cache.get('key')).toBe(undefined)
    expect([cache.getOrLoad('key', load, options), cache.getOrLoad('key', load, options)]).toEqual(['old', 'old'])
    expect(calls).toHaveLength(1)
    calls[0]?.resolve('new')
    await clock.advanceAsync(0)
    expect(cache.getOrLoad('key', load, options)).toBe('new')
  })

  test('are gone after their grace, and after a delete', async () => {
    const { cache, clock } = setUp()
    cache.getOrLoad('key', () => 'old', options)
    clock.advance(6000)
    expect(cache.getOrLoad('key', () => 'new', options)).toBe('new')
    clock.advance(1500)
    cache.delete('key')
    expect(cache.getOrLoad('key', () => 'newest', options)).toBe('newest')
  })

  test('a delete during the load behind the scenes is not undone', async () => {
    const { cache, clock } = setUp()
    const { load, calls } = createHeldLoader()
    cache.getOrLoad('key', () => 'old', options)
    clock.advance(1000)
    expect(cache.getOrLoad('key', load, options)).toBe('old')
    cache.delete('key')
    calls[0]?.resolve('loaded before the delete')
    await clock.advanceAsync(0)
    expect([cache.get('key'), cache.size]).toEqual([undefined, 0])
  })

  test('a load behind the scenes that fails is logged and not tried again for a second', async () => {
    const warnings: unknown[] = []
    const logger = { debug() {}, info() {}, error() {}, warn: (fields: unknown) => void warnings.push(fields) }
    const { cache, clock } = setUp({ logger })
    let calls = 0
    const fail = async (): Promise<string> => {
      calls += 1
      throw new Error('secret hunter2')
    }
    cache.getOrLoad('key', () => 'old', options)
    clock.advance(1000)
    for (let read = 0; read < 5; read++) {
      expect(cache.getOrLoad('key', fail, options)).toBe('old')
      await clock.advanceAsync(100)
    }
    expect(calls).toBe(1)
    await clock.advanceAsync(1000)
    cache.getOrLoad('key', fail, options)
    expect(calls).toBe(2)
    await clock.advanceAsync(0)
    expect(warnings).toEqual([
      { cache: 'cache', error: 'Error' },
      { cache: 'cache', error: 'Error' },
    ])
  })

  test('are answered when the load fails, as long as staleIfErrorMs says', async () => {
    const { cache, clock } = setUp()
    const fail = async (): Promise<string> => {
      throw new Error('down')
    }
    const tolerant = { ttlMs: 1000, staleIfErrorMs: 10_000 }
    cache.getOrLoad('key', () => 'old', tolerant)
    clock.advance(5000)
    expect(await cache.getOrLoad('key', fail, tolerant)).toBe('old')
    await expect(cache.getOrLoad('key', fail)).rejects.toThrow('down')
    clock.advance(6000)
    await expect(cache.getOrLoad('key', fail, tolerant)).rejects.toThrow('down')
  })

  test('a deleted value is not answered when the load fails', async () => {
    const { cache, clock } = setUp()
    const { load, calls } = createHeldLoader()
    const tolerant = { ttlMs: 1000, staleIfErrorMs: 10_000 }
    cache.getOrLoad('key', () => 'old', tolerant)
    clock.advance(1000)
    const waiting = cache.getOrLoad('key', load, tolerant)
    cache.delete('key')
    calls[0]?.reject(new Error('down'))
    await expect(waiting).rejects.toThrow('down')
  })

  test('refresh-ahead loads a value before it expires, and only in the last part of its life', async () => {
    const { cache, clock } = setUp()
    const { load, calls } = createHeldLoader()
    const ahead = { ttlMs: 1000, refreshAheadMs: 200 }
    cache.getOrLoad('key', () => 'old', ahead)
    clock.advance(799)
    expect([cache.getOrLoad('key', load, ahead), calls.length]).toEqual(['old', 0])
    clock.advance(1)
    expect([cache.getOrLoad('key', load, ahead), calls.length]).toEqual(['old', 1])
    calls[0]?.resolve('new')
    await clock.advanceAsync(900)
    expect(cache.get('key')).toBe('new')
  })

  test('the loader is told the value it replaces', async () => {
    const { cache, clock } = setUp()
    cache.getOrLoad('key', () => 'old', { ttlMs: 1000, staleIfErrorMs: 5000 })
    clock.advance(2000)
    let previous: string | undefined
    await cache.getOrLoad('key', async (_, context) => {
      previous = context.previous
      return 'new'
    })
    expect(previous).toBe('old')
  })
})

describe('failures that are remembered', () => {
  test('an error is answered without a load, for twice as long each time in a row', async () => {
    const { cache, clock } = setUp()
    let calls = 0
    const fail = async (): Promise<string> => {
      calls += 1
      throw new Error(`failure ${calls}`)
    }
    const options = { failureTtlMs: 100, maxFailureTtlMs: 300 }
    const attempt = async (): Promise<string> =>
      String(await Promise.resolve(cache.getOrLoad('key', fail, options)).catch((error: Error) => error.message))
    expect([await attempt(), await attempt()]).toEqual(['failure 1', 'failure 1'])
    clock.advance(100)
    expect(await attempt()).toBe('failure 2')
    clock.advance(199)
    expect(await attempt()).toBe('failure 2')
    clock.advance(1)
    expect(await attempt()).toBe('failure 3')
    clock.advance(299)
    expect(await attempt()).toBe('failure 3')
    clock.advance(1)
    expect(await attempt()).toBe('failure 4')
    clock.advance(10_000)
    expect(await attempt()).toBe('failure 5')
    clock.advance(100)
    expect(await attempt()).toBe('failure 6')
    cache.set('key', 'repaired')
    cache.delete('key')
    expect(await attempt()).toBe('failure 7')
  })

  test('an answer of undefined is not kept, unless it is to be remembered', async () => {
    const { cache, clock } = setUp()
    let calls = 0
    const absent = async (): Promise<string | undefined> => {
      calls += 1
      return undefined
    }
    expect([await cache.getOrLoad('key', absent), await cache.getOrLoad('key', absent), calls]).toEqual([
      undefined,
      undefined,
      2,
    ])
    const remember = { failureTtlMs: 1000 }
    expect([
      await cache.getOrLoad('key', absent, remember),
      await cache.getOrLoad('key', absent, remember),
      calls,
    ]).toEqual([undefined, undefined, 3])
    clock.advance(1000)
    expect(await cache.getOrLoad('key', async () => 'there now', remember)).toBe('there now')
    cache.deleteByPrefix('k')
    await cache.getOrLoad('key', absent, remember)
    cache.clear()
    await cache.getOrLoad('key', absent, remember)
    expect(calls).toBe(5)
  })

  test('no more than 1000 are remembered', async () => {
    const { cache } = setUp()
    let calls = 0
    const absent = (): string | undefined => {
      calls += 1
      return undefined
    }
    for (let key = 0; key < 1500; key++) cache.getOrLoad(String(key), absent, { failureTtlMs: 1000 })
    for (let key = 0; key < 1500; key++) await cache.getOrLoad(String(1499 - key), absent, { failureTtlMs: 1000 })
    expect(calls).toBe(2000)
  })
})

describe('getOrLoadMany', () => {
  test('loads what is missing with one call, and joins the loads that are under way', async () => {
    const { cache } = setUp()
    const { load, calls } = createHeldLoader()
    cache.set('a', 'A')
    const single = cache.getOrLoad('b', load)
    const asked: (readonly string[])[] = []
    const many = cache.getOrLoadMany(['a', 'b', 'c', 'd', 'c'], async (keys) => {
      asked.push(keys)
      return new Map([['c', 'C']])
    })
    calls[0]?.resolve('B')
    expect(await many).toEqual(
      new Map([
        ['a', 'A'],
        ['b', 'B'],
        ['c', 'C'],
      ]),
    )
    expect([await single, asked, cache.has('d')]).toEqual(['B', [['c', 'd']], false])
    expect(await cache.getOrLoadMany(['a', 'c'], () => new Map())).toHaveProperty('size', 2)
  })

  test('a set or delete of one key during the load is not undone, the others are kept', async () => {
    const { cache } = setUp()
    const gate = Promise.withResolvers<ReadonlyMap<string, string>>()
    const many = cache.getOrLoadMany(['a', 'b', 'c'], () => gate.promise)
    const joined = cache.getOrLoad('c', () => 'not called')
    cache.delete('a')
    cache.set('b', 'written')
    gate.resolve(
      new Map([
        ['a', 'old A'],
        ['b', 'old B'],
        ['c', 'C'],
      ]),
    )
    expect([...(await many).values(), await joined]).toEqual(['old A', 'old B', 'C', 'C'])
    expect([cache.get('a'), cache.get('b'), cache.get('c')]).toEqual([undefined, 'written', 'C'])
  })

  test('rejects when the loader does, except for keys with a stale value', async () => {
    const { cache, clock } = setUp()
    const options = { ttlMs: 1000, staleIfErrorMs: 5000 }
    await cache.getOrLoadMany(['a'], async () => new Map([['a', 'old']]), options)
    clock.advance(2000)
    const fail = async (): Promise<never> => {
      throw new Error('down')
    }
    expect(await cache.getOrLoadMany(['a'], fail, options)).toEqual(new Map([['a', 'old']]))
    await expect(cache.getOrLoadMany(['a', 'b'], fail, options)).rejects.toThrow('down')
    const failSynchronously = (): never => {
      throw new Error('down at once')
    }
    await expect(cache.getOrLoadMany(['b'], failSynchronously)).rejects.toThrow('down at once')
  })

  test('its loader is aborted when nobody waits for any of the keys any more', async () => {
    const { cache } = setUp()
    const controller = new AbortController()
    let signal: AbortSignal | undefined
    const never = new Promise<ReadonlyMap<string, string>>(() => {})
    const load = (
      _: readonly string[],
      context: { readonly signal: AbortSignal },
    ): Promise<ReadonlyMap<string, string>> => {
      signal = context.signal
      return never
    }
    const many = cache.getOrLoadMany(['a', 'b'], load, { signal: controller.signal })
    controller.abort()
    await expect(many).rejects.toMatchObject({ code: 'CANCELLED' })
    expect(signal?.aborted).toBe(true)
  })
})
