import { runWithContext } from '@holdfast/contracts/context'
import type { Pool } from '@holdfast/contracts/resources'
import { createFakeClock } from '@holdfast/testkit'
import { describe, expect, it } from 'vitest'
import { createFakeAdapter, type FakeAdapterOptions, type FakeResource } from '../../test/fake-adapter.ts'
import { type CreatePoolOptions, createPool } from '../index.ts'
import { createTenantPools, type TenantPoolsOptions } from './tenant-pools.ts'

const make = (
  options: Partial<TenantPoolsOptions> = {},
  poolOptions: CreatePoolOptions = {},
  adapterOptions: FakeAdapterOptions = {},
) => {
  const clock = createFakeClock()
  const adapter = createFakeAdapter({ clock, ...adapterOptions })
  const made: string[] = []
  const pools = createTenantPools<FakeResource>(
    (tenant) => {
      made.push(tenant)
      return createPool(adapter, { name: `orders-db/${tenant}`, maxSize: 2, clock, ...poolOptions })
    },
    { name: 'orders-db', clock, ...options },
  )
  return { clock, adapter, made, pools }
}

const end = async (pools: Pool<unknown>, clock: ReturnType<typeof createFakeClock>): Promise<void> => {
  const closed = pools.close({ deadlineMs: 0 })
  await clock.advanceAsync(1000)
  await closed
  expect(clock.pendingTimers).toBe(0)
}

const follow = <R>(promise: Promise<R>): { outcome: string; value: R | undefined } => {
  const followed: { outcome: string; value: R | undefined } = { outcome: 'pending', value: undefined }
  promise.then(
    (value) => Object.assign(followed, { outcome: 'given', value }),
    (error) => Object.assign(followed, { outcome: `${error.code}/${error.reason}` }),
  )
  return followed
}

describe('pools of tenants', () => {
  it('are made on first use, one for each', async () => {
    const { pools, made, clock } = make()
    await pools.start()
    expect(made).toEqual([])
    const a = await pools.acquire({ tenant: 'a' })
    const b = await runWithContext({ tenant: 'b' }, () => pools.acquire())
    expect(await pools.use((resource) => resource.number, { tenant: 'a' })).toBe(3)
    expect(pools.tryAcquire({ tenant: 'c' })).toBeUndefined()
    await clock.advanceAsync(0)
    const c = pools.tryAcquire({ tenant: 'c' })
    expect(c?.resource.number).toBe(4)
    expect(made).toEqual(['a', 'b', 'c'])
    expect(new Set([a, b, c].map((lease) => lease?.resource)).size).toBe(3)
    expect(pools.instances().map(({ id }) => id)).toEqual(
      expect.arrayContaining(['orders-db/a#1', 'orders-db/a#2', 'orders-db/b#1', 'orders-db/c#1']),
    )
    await end(pools, clock)
  })

  it('are never used without a tenant', async () => {
    const { pools, clock } = make()
    const refused = { code: 'INVALID_ARGUMENT', reason: 'TENANT_REQUIRED' }
    await expect(pools.acquire()).rejects.toMatchObject(refused)
    await expect(pools.use(() => 1, { tenant: '' })).rejects.toMatchObject(refused)
    expect(() => pools.tryAcquire()).toThrow(expect.objectContaining(refused))
    await end(pools, clock)
  })

  it('tell what is wrong with their options all at once', () => {
    expect(() => createTenantPools('no' as never, { name: '', maxPools: 0, acquireTimeoutMs: -1 })).toThrow(
      expect.objectContaining({
        details: {
          problems: ['make', 'name', 'maxPools', 'acquireTimeoutMs'].map((path) => expect.objectContaining({ path })),
        },
      }),
    )
  })

  it('whose making fails are tried again', async () => {
    const clock = createFakeClock()
    let isBroken = true
    const pools = createTenantPools(
      () => {
        if (isBroken) throw new Error('no such tenant')
        return createPool(createFakeAdapter(), { clock })
      },
      { name: 'orders-db', clock, maxPools: 1 },
    )
    await expect(pools.acquire({ tenant: 'a' })).rejects.toThrow('no such tenant')
    isBroken = false
    ;(await pools.acquire({ tenant: 'b' })).release()
    isBroken = true
    const failed = expect(pools.acquire({ tenant: 'c' })).rejects.toThrow('no such tenant')
    await clock.advanceAsync(0)
    await failed
    isBroken = false
    ;(await pools.acquire({ tenant: 'c' })).release()
    await end(pools, clock)
  })
})

describe('at maxPools', () => {
  it('the one that was unused longest makes room, and is gone before the next is made', async () => {
    const { pools, made, clock, adapter } = make({ maxPools: 2 }, {}, { destroyMs: 100 })
    for (const tenant of ['a', 'b', 'a']) (await pools.acquire({ tenant })).release()
    const c = follow(pools.acquire({ tenant: 'c' }))
    await clock.advanceAsync(99)
    expect([c.outcome, made, adapter.created.length]).toEqual(['pending', ['a', 'b'], 2])
    await clock.advanceAsync(1)
    expect([c.outcome, made, adapter.created.length]).toEqual(['given', ['a', 'b', 'c'], 3])
    expect(pools.instances().map(({ id }) => id)).toEqual(['orders-db/a#1', 'orders-db/c#1'])
    // What those that are gone have counted is not lost.
    expect(pools.statistics()).toMatchObject({
      acquisitions: 4,
      creates: 3,
      destroys: { closed: 1 },
      maxSize: 4,
      size: 2,
    })
    await end(pools, clock)
  })

  it('one with leases out or callers that wait never does: the next tenant is told so at once', async () => {
    const { pools, clock } = make({ maxPools: 2 }, { maxSize: 1 })
    const a = await pools.acquire({ tenant: 'a' })
    const waiting = follow(pools.acquire({ tenant: 'a' }))
    const b = follow(pools.use(() => new Promise<void>((resolve) => void clock.setTimer(resolve, 50)), { tenant: 'b' }))
    await expect(pools.acquire({ tenant: 'c' })).rejects.toMatchObject({
      code: 'RESOURCE_EXHAUSTED',
      reason: 'QUOTA_EXCEEDED',
      retryable: true,
      details: { tenant: 'c', maxPools: 2 },
    })
    expect(pools.tryAcquire({ tenant: 'c' })).toBeUndefined()
    a.release()
    await clock.advanceAsync(0)
    expect(waiting.outcome).toBe('given')
    await clock.advanceAsync(50)
    expect(b.outcome).toBe('given')
    ;(await pools.acquire({ tenant: 'c' })).release()
    await end(pools, clock)
  })

  it('callers that come at the same time share the making; each leaves at its own deadline or signal', async () => {
    const { pools, made, clock } = make({ maxPools: 1 }, {}, { destroyMs: 100 })
    ;(await pools.acquire({ tenant: 'a' })).release()
    const controller = new AbortController()
    const all = [
      follow(pools.acquire({ tenant: 'b', timeoutMs: 50 })),
      follow(pools.acquire({ tenant: 'b', signal: controller.signal })),
      follow(pools.use((resource) => resource.number, { tenant: 'b' })),
      follow(pools.acquire({ tenant: 'b', timeoutMs: -1 })),
    ]
    expect(pools.tryAcquire({ tenant: 'b' })).toBeUndefined()
    const refused = follow(pools.acquire({ tenant: 'c' }))
    controller.abort()
    await clock.advanceAsync(50)
    expect(all.map(({ outcome }) => outcome)).toEqual([
      'TIMEOUT/ACQUIRE_TIMEOUT',
      'CANCELLED/undefined',
      'pending',
      'INVALID_ARGUMENT/OPTIONS_INVALID',
    ])
    expect(refused.outcome).toBe('RESOURCE_EXHAUSTED/QUOTA_EXCEEDED')
    await clock.advanceAsync(50)
    expect([all[2]?.outcome, made]).toEqual(['given', ['a', 'b']])
    await end(pools, clock)
  })
})

describe('what is done to all', () => {
  it('statistics are summed, durations too', async () => {
    const { pools, clock } = make({}, { maxSize: 1 })
    const leases = [await pools.acquire({ tenant: 'a' }), await pools.acquire({ tenant: 'b' })]
    const waiting = pools.acquire({ tenant: 'a' })
    await clock.advanceAsync(100)
    leases[0]?.release()
    ;(await waiting).release()
    const now = pools.statistics()
    expect(now).toMatchObject({ state: 'open', leased: 1, idle: 1, size: 2, maxSize: 2, utilisation: 0.5 })
    expect(now).toMatchObject({ acquisitions: 3, creates: 2, peakWaiting: 1, oldestLeaseMs: 100 })
    expect(now.waitTime).toMatchObject({ count: 3, maxMs: 100, totalMs: 100, p50Ms: 0, p99Ms: 100 })
    expect(now.waitTime.buckets.reduce((sum, { count }) => sum + count, 0)).toBe(3)
    await end(pools, clock)
  })

  it('an epoch is begun in all, and in those that come later; it has drained when it has everywhere', async () => {
    const { pools, clock } = make()
    const told: unknown[] = []
    pools.on('epoch.advanced', ({ epoch }) => told.push(['advanced', epoch]))
    pools.on('epoch.drained', ({ epoch, forced }) => told.push(['drained', epoch, forced.length]))
    const a = await pools.acquire({ tenant: 'a' })
    const b = await pools.acquire({ tenant: 'b' })
    expect(pools.advanceEpoch({ maxDrainMs: 100 })).toBe(2)
    expect(() => pools.advanceEpoch({ maxDrainMs: -1 })).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }))
    a.release()
    await clock.advanceAsync(50)
    expect(told).toEqual([['advanced', 2]])
    await clock.advanceAsync(50)
    expect(() => b.resource).toThrow()
    expect(told).toEqual([
      ['advanced', 2],
      ['drained', 2, 1],
    ])
    const c = await pools.acquire({ tenant: 'c' })
    expect([pools.epoch, c.instance.epoch]).toEqual([2, 2])
    c.release()
    expect(pools.advanceEpoch()).toBe(3)
    await clock.advanceAsync(0)
    expect(told.slice(2)).toEqual([
      ['advanced', 3],
      ['drained', 3, 0],
    ])
    await end(pools, clock)
  })

  it('bounds are those of all, also of those that come later', async () => {
    const { pools, clock } = make()
    expect(() => pools.resize({ maxSize: 0 })).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }))
    pools.resize({ maxSize: 5 })
    ;(await pools.acquire({ tenant: 'a' })).release()
    expect(pools.statistics().maxSize).toBe(5)
    pools.resize({ maxSize: 3 })
    ;(await pools.acquire({ tenant: 'b' })).release()
    expect(pools.statistics().maxSize).toBe(6)
    expect(pools.retain(({ id }) => id.startsWith('orders-db/a'))).toBe(1)
    await end(pools, clock)
  })

  it('events of each are told by all, as soon as somebody listens', async () => {
    const { pools, clock } = make()
    ;(await pools.acquire({ tenant: 'a' })).release()
    const told: string[] = []
    pools.on('lease.acquired', ({ pool, tenant }) => told.push(`${pool} for ${tenant}`))
    ;(await pools.acquire({ tenant: 'a' })).release()
    ;(await pools.acquire({ tenant: 'b' })).release()
    expect(told).toEqual(['orders-db/a for a', 'orders-db/b for b'])
    const stream: AsyncIterable<unknown> = pools.events('pool.closed')
    await pools.acquire({ tenant: 'b' })
    await end(pools, clock)
    const ends: unknown[] = []
    for await (const event of stream) ends.push(event)
    expect(ends).toMatchObject([{ pool: 'orders-db', forced: [{ id: 'orders-db/b#1' }] }])
  })

  it('health is that of all: down only when every one is', async () => {
    const down = new Set<string>()
    const clock = createFakeClock()
    const pools = createTenantPools(
      (tenant) =>
        createPool(
          {
            name: 'fake',
            create: async () => {
              if (down.has(tenant)) throw new Error('unreachable')
              return {}
            },
            destroy: async () => {},
          },
          { name: tenant, clock, acquireTimeoutMs: 10 },
        ),
      { name: 'orders-db', clock },
    )
    const ask = async (): Promise<unknown> => {
      const asked = pools.health()
      await clock.advanceAsync(20)
      return (await asked).status
    }
    expect(await ask()).toBe('up')
    down.add('a').add('b')
    for (const tenant of ['a', 'b', 'c']) follow(pools.acquire({ tenant }).then((lease) => lease.release()))
    await clock.advanceAsync(20)
    expect(await ask()).toBe('degraded')
    down.add('c')
    pools.advanceEpoch()
    expect(await ask()).toBe('down')
    await end(pools, clock)
  })

  it('drain serves those who wait, also for their pool, and refuses tenants that come meanwhile', async () => {
    const { pools, clock } = make({ maxPools: 1 }, {}, { destroyMs: 20 })
    ;(await pools.acquire({ tenant: 'a' })).release()
    const b = follow(pools.acquire({ tenant: 'b' }))
    const drained = follow(pools.drain())
    await expect(pools.acquire({ tenant: 'c' })).rejects.toMatchObject({ code: 'CLOSED' })
    await clock.advanceAsync(20)
    expect([b.outcome, drained.outcome]).toEqual(['given', 'pending'])
    b.value?.release()
    await clock.advanceAsync(0)
    expect(drained.outcome).toBe('given')
    expect(pools.statistics().state).toBe('draining')
    await end(pools, clock)
    await expect(pools.drain()).rejects.toMatchObject({ code: 'CLOSED' })
  })

  it('close turns everybody away who waits and ends all by one deadline', async () => {
    const { pools, clock, adapter } = make({ maxPools: 2 }, {}, { destroyMs: 50 })
    ;(await pools.acquire({ tenant: 'a' })).release()
    await pools.acquire({ tenant: 'b' })
    const c = follow(pools.acquire({ tenant: 'c' }))
    await expect(pools.close({ deadlineMs: Number.NaN })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
    const closed = follow(pools.close({ deadlineMs: 100 }))
    await clock.advanceAsync(0)
    expect(c.outcome).toBe('CLOSED/undefined')
    await clock.advanceAsync(149)
    expect(closed.outcome).toBe('pending')
    await clock.advanceAsync(1)
    expect([closed.outcome, adapter.destroyed.length]).toEqual(['given', 2])
    await clock.advanceAsync(1)
    expect(clock.pendingTimers).toBe(0)
    await expect(pools.acquire({ tenant: 'a' })).rejects.toMatchObject({ code: 'CLOSED' })
  })
})
