import type { Metrics, Span, Tracer } from '@holdfast/contracts'
import { createFakeClock } from '@holdfast/testkit'
import { describe, expect, it } from 'vitest'
import { closeNow } from '../test/close-now.ts'
import { createFakeAdapter, hangs } from '../test/fake-adapter.ts'
import { createPool } from './create-pool.ts'

describe('events', () => {
  it('tell of each resource and lease, with ids, ages and causes', async () => {
    const clock = createFakeClock()
    const pool = createPool(createFakeAdapter({ clock, createMs: 5 }), { clock, name: 'db', maxSize: 1 })
    const told: unknown[] = []
    const names = [
      'resource.created',
      'lease.acquired',
      'lease.released',
      'resource.destroyed',
      'acquire.failed',
    ] as const
    for (const name of names) pool.on(name, ({ pool: _pool, at: _at, ...event }) => told.push([name, event]))
    const acquired = pool.acquire({ tenant: 'acme' })
    await clock.advanceAsync(5)
    const lease = await acquired
    await expect(pool.acquire({ timeoutMs: 0, tenant: 'late' })).rejects.toMatchObject({ code: 'TIMEOUT' })
    await clock.advanceAsync(20)
    lease.release()
    ;(await pool.acquire()).destroy()
    await clock.advanceAsync(0)
    expect(told).toEqual([
      ['resource.created', { id: 'db#1', epoch: 1, durationMs: 5 }],
      ['lease.acquired', { id: 'db#1', waitedMs: 5, tenant: 'acme' }],
      ['acquire.failed', { code: 'TIMEOUT', reason: 'ACQUIRE_TIMEOUT', waitedMs: 0, tenant: 'late' }],
      ['lease.released', { id: 'db#1', heldMs: 20, tenant: 'acme' }],
      ['lease.acquired', { id: 'db#1', waitedMs: 0 }],
      ['lease.released', { id: 'db#1', heldMs: 0 }],
      ['resource.destroyed', { id: 'db#1', cause: 'broken', uses: 2, ageMs: 20 }],
    ])
    await pool.close()
  })

  it('come as an async iterable too', async () => {
    const pool = createPool(createFakeAdapter(), { name: 'db' })
    const seen: string[] = []
    const reading = (async () => {
      for await (const event of pool.events('lease.acquired')) if ('id' in event) seen.push(event.id)
    })()
    await pool.use(() => {})
    await pool.use(() => {})
    await pool.close()
    await reading
    expect(seen).toEqual(['db#1', 'db#1'])
  })
})

describe('statistics', () => {
  it('say who waited for how long, and what was done', async () => {
    const clock = createFakeClock()
    const pool = createPool(createFakeAdapter({ clock, createMs: 10 }), { clock, maxSize: 1 })
    const first = pool.acquire()
    await clock.advanceAsync(10)
    const lease = await first
    const waiting = pool.acquire()
    await clock.advanceAsync(100)
    lease.release()
    ;(await waiting).release()
    for (let count = 0; count < 8; count++) await pool.use(() => {})
    const seen = pool.statistics()
    expect(seen).toMatchObject({ acquisitions: 10, immediate: 8, creates: 1, leased: 0, idle: 1, peakLeased: 1 })
    expect(seen.waitTime).toMatchObject({ count: 2, totalMs: 110, maxMs: 100, p50Ms: 15, p99Ms: 100 })
    expect(seen.createTime).toMatchObject({ count: 1, totalMs: 10 })
    expect(seen.holdTime).toMatchObject({ count: 10, totalMs: 100, maxMs: 100, p50Ms: 0 })
    expect(seen.waitTime.buckets.reduce((sum, { count }) => sum + count, 0)).toBe(2)
    expect(seen.waitTime.buckets.at(-1)?.atMostMs).toBe(Number.POSITIVE_INFINITY)
    expect(seen.recommended).toMatchObject({ size: 1, reason: expect.stringContaining('too few') })
    await pool.close()
  })

  it('count waits of no time as waits', async () => {
    const clock = createFakeClock()
    const pool = createPool(createFakeAdapter(), { clock, maxSize: 1 })
    const first = await pool.acquire()
    const others = [pool.acquire(), pool.acquire()]
    first.release()
    for (const each of others) (await each).release()
    const slow = await pool.acquire()
    const waiting = pool.acquire()
    await clock.advanceAsync(50)
    slow.release()
    ;(await waiting).release()
    const { acquisitions, immediate, waitTime } = pool.statistics()
    // The first one waited for the create.
    expect({ acquisitions, immediate }).toEqual({ acquisitions: 5, immediate: 1 })
    expect(waitTime).toMatchObject({ count: 4, totalMs: 50, maxMs: 50, p50Ms: 0, p99Ms: 50 })
    expect(waitTime.buckets[0]).toEqual({ atMostMs: 0, count: 3 })
    await pool.close()
  })

  it('count the uses of resources that are gone', async () => {
    const pool = createPool(createFakeAdapter(), { maxSize: 1, maxUses: 3 })
    for (let count = 0; count < 10; count++) await pool.use(() => {})
    expect(pool.statistics()).toMatchObject({ acquisitions: 10, holdTime: { count: 10 } })
    await pool.close()
  })

  it('recommend a size that fits the load of the last minutes', async () => {
    const clock = createFakeClock()
    const pool = createPool(createFakeAdapter(), { clock, maxSize: 20 })
    // Four leases are out at any time, for 100 ms each.
    for (let round = 0; round < 1300; round++) {
      const leases = await Promise.all([1, 2, 3, 4].map(() => pool.acquire()))
      await clock.advanceAsync(100)
      for (const lease of leases) lease.release()
    }
    expect(pool.statistics().recommended).toEqual({
      size: 8,
      reason: '4 leases were out on average, of at most 20, and 0 % of the acquires waited: the pool could be smaller.',
    })
    pool.resize({ maxSize: 2 })
    expect(pool.statistics().recommended.reason).toContain('too small')
    await closeNow(pool, clock)
  })

  it('describe each resource', async () => {
    const clock = createFakeClock()
    const pool = createPool(createFakeAdapter(), { clock, name: 'db' })
    const lease = await pool.acquire()
    expect(lease.instance).toEqual({
      id: 'db#1',
      state: 'leased',
      createdAt: '2026-01-01T00:00:00.000Z',
      lastUsedAt: '2026-01-01T00:00:00.000Z',
      uses: 1,
      epoch: 1,
      lease: { id: 'db#1', heldMs: 0 },
    })
    await clock.advanceAsync(1500)
    lease.release()
    expect(pool.instances()).toEqual([
      {
        id: 'db#1',
        state: 'idle',
        createdAt: '2026-01-01T00:00:00.000Z',
        lastUsedAt: '2026-01-01T00:00:01.500Z',
        uses: 1,
        epoch: 1,
      },
    ])
    await pool.close()
  })
})

describe('spans', () => {
  it('stand around acquires and every call of the adapter, with the code of what failed', async () => {
    const spans: unknown[] = []
    const tracer: Tracer = {
      startSpan(name, attributes) {
        const span: Span = { end: (outcome) => spans.push([name, attributes, outcome]) }
        return span
      },
    }
    let isUp = false
    const adapter = createFakeAdapter({
      onCreate() {
        if (!isUp) throw new Error('refused')
      },
      onReset: () => {},
      onValidate: () => true,
    })
    const clock = createFakeClock()
    const pool = createPool(adapter, { clock, tracer, name: 'db', maxSize: 1 })
    const call = { resource: 'db', type: 'fake' }
    const failed = expect(pool.acquire({ timeoutMs: 5, tenant: 'acme' })).rejects.toMatchObject({ code: 'TIMEOUT' })
    await clock.advanceAsync(5)
    await failed
    expect(spans).toEqual([
      ['holdfast.resource.create', call, { code: 'UNAVAILABLE' }],
      [
        'holdfast.resource.acquire',
        { ...call, tenant: 'acme' },
        { code: 'TIMEOUT', attributes: { 'resource.waited': true } },
      ],
    ])
    spans.length = 0
    isUp = true
    await clock.advanceAsync(1000)
    const used = pool.use(() => {})
    await clock.advanceAsync(1000)
    await used
    const id = { 'resource.id': 'db#1' }
    const again = pool.use(() => {})
    await clock.advanceAsync(10)
    await again
    await pool.close()
    expect(spans).toEqual([
      ['holdfast.resource.create', call, undefined],
      ['holdfast.resource.acquire', call, { attributes: { 'resource.waited': true, ...id } }],
      ['holdfast.resource.reset', { ...call, ...id }, undefined],
      ['holdfast.resource.validate', { ...call, ...id }, undefined],
      ['holdfast.resource.acquire', call, { attributes: { 'resource.waited': true, ...id } }],
      ['holdfast.resource.reset', { ...call, ...id }, undefined],
      ['holdfast.resource.destroy', { ...call, ...id }, undefined],
    ])
  })
})

describe('metrics', () => {
  it('are registered under resource, type and tenant, asked for at each scrape, and end with the pool', async () => {
    const { metrics, series, scrape } = createRecordingMetrics()
    const pool = createPool(createFakeAdapter(), { metrics, name: 'db', maxSize: 1, leakDetectionMs: 1000 })
    await pool.use(() => {})
    await pool.use(() => expect(pool.acquire({ timeoutMs: -1 })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' }))
    expect(series).toMatchObject({
      'acquire_seconds db fake': 2,
      'create_seconds db fake': 1,
      'acquire_failures_total db fake INVALID_ARGUMENT': 1,
    })
    expect(scrape()).toMatchObject({
      'resources db fake idle': 1,
      'resources db fake leased': 0,
      'waiting db fake': 0,
      'max_size db fake': 1,
      'utilisation_ratio db fake': 0,
      'recommended_size db fake': 1,
      'oldest_lease_seconds db fake': 0,
    })
    await pool.close()
    expect(series['destroys_total db fake closed']).toBe(1)
    expect(scrape()).toEqual({})
  })
})

describe('health', () => {
  it('asks through a free resource, and is up', async () => {
    const pool = createPool(createFakeAdapter({ onValidate: () => true }))
    expect(await pool.health()).toMatchObject({ status: 'up', details: { maxSize: 10 } })
    expect(pool.statistics()).toMatchObject({ leased: 0, idle: 1 })
    await pool.close()
  })

  it('is what the adapter says, and ends a resource that is down', async () => {
    const adapter = {
      ...createFakeAdapter(),
      health: async () => ({
        status: 'down' as const,
        reason: 'read only',
        latencyMs: 3,
        checkedAt: '2026-01-01T00:00:00.000Z',
      }),
    }
    const pool = createPool(adapter)
    expect(await pool.health()).toMatchObject({ status: 'down', reason: 'read only', latencyMs: 3 })
    expect(pool.statistics().destroys.broken).toBe(1)
    await pool.close()
  })

  it('is down when nothing can be made or the probe hangs, and ends in time', async () => {
    const clock = createFakeClock()
    const failing = createPool(createFakeAdapter({ onCreate: () => Promise.reject(new Error('refused')) }), { clock })
    const report = failing.health({ deadline: clock.monotonicNow() + 100 })
    await clock.advanceAsync(100)
    expect(await report).toMatchObject({ status: 'down', reason: expect.stringContaining('UNAVAILABLE') })
    await failing.close()

    const hanging = createPool({ ...createFakeAdapter(), health: hangs }, { clock, validateTimeoutMs: 200 })
    const late = hanging.health()
    await clock.advanceAsync(200)
    expect(await late).toMatchObject({ status: 'down' })
    await hanging.close()
  })

  it('never takes a resource from who needs it: full is up, waited for is degraded', async () => {
    const clock = createFakeClock()
    const pool = createPool(createFakeAdapter(), { clock, maxSize: 1 })
    const lease = await pool.acquire()
    expect(await pool.health()).toMatchObject({ status: 'up', details: { leased: 1 } })
    const waiting = pool.acquire()
    expect(await pool.health()).toMatchObject({ status: 'degraded', reason: expect.stringContaining('1 callers wait') })
    lease.release()
    ;(await waiting).release()
    await pool.close()
  })

  it('is nobody’s acquire: neither listeners nor metrics take a check for one', async () => {
    const { metrics, series } = createRecordingMetrics()
    const clock = createFakeClock()
    let isGone = false
    const onCreate = (): void => {
      if (isGone) throw new Error('refused')
    }
    const pool = createPool(createFakeAdapter({ onCreate, onValidate: () => true }), { clock, metrics, name: 'db' })
    const seen: string[] = []
    for (const name of ['lease.acquired', 'lease.released', 'acquire.failed'] as const) {
      pool.on(name, () => seen.push(name))
    }
    // Made for the check, and then idle.
    for (let check = 0; check < 2; check++) expect(await pool.health()).toMatchObject({ status: 'up' })
    isGone = true
    pool.advanceEpoch()
    const down = pool.health({ deadline: clock.monotonicNow() + 100 })
    await clock.advanceAsync(100)
    expect(await down).toMatchObject({ status: 'down' })
    expect([seen, pool.statistics().timeouts]).toEqual([[], 0])
    expect(Object.keys(series).filter((key) => key.startsWith('acquire') || key.startsWith('wait'))).toEqual([])
    await closeNow(pool, clock)
  })

  it('rejects when its caller gives up', async () => {
    const clock = createFakeClock()
    const pool = createPool(createFakeAdapter({ onCreate: hangs }), { clock })
    const controller = new AbortController()
    const report = pool.health({ signal: controller.signal })
    const expectation = expect(report).rejects.toMatchObject({ code: 'CANCELLED' })
    controller.abort()
    await expectation
    await closeNow(pool, clock)
  })
})

/** Metrics that remember how often each series was written, and what observers say. */
function createRecordingMetrics() {
  const series: Record<string, number> = {}
  const observers = new Map<object, () => void>()
  const observed: Record<string, number> = {}
  const keyOf = (name: string, { resource, type, tenant, ...more }: Readonly<Record<string, string>> = {}): string =>
    [
      name.replace('holdfast_pool_', ''),
      resource,
      type,
      ...(tenant === '' ? [] : [tenant]),
      ...Object.values(more),
    ].join(' ')
  const count = (key: string): void => {
    series[key] = (series[key] ?? 0) + 1
  }
  const metric = ({ name }: { readonly name: string }) => ({
    bind: (labels?: Readonly<Record<string, string>>) => ({
      add: () => count(keyOf(name, labels)),
      set: () => {},
      record: () => count(keyOf(name, labels)),
    }),
    unbind: () => {},
  })
  const metrics: Metrics = {
    counter: metric,
    gauge: metric,
    histogram: metric,
    observe({ name }, read) {
      const token = {}
      observers.set(token, () =>
        read((value, labels) => {
          observed[keyOf(name, labels)] = value
        }),
      )
      return () => void observers.delete(token)
    },
  }
  const scrape = (): Record<string, number> => {
    for (const key of Object.keys(observed)) delete observed[key]
    for (const read of observers.values()) read()
    return { ...observed }
  }
  return { metrics, series, scrape }
}
