import { createEventHub } from '@holdfast/contracts'
import { currentContext, runWithContext } from '@holdfast/contracts/context'
import type { Lease, Pool } from '@holdfast/contracts/resources'
import { createFakeClock } from '@holdfast/testkit'
import { describe, expect, it, vi } from 'vitest'
import { closeNow } from '../../test/close-now.ts'
import { createFakeAdapter, type FakeAdapterOptions, type FakeResource } from '../../test/fake-adapter.ts'
import { type CreatePoolOptions, createPool } from '../index.ts'
import type { ManagerEvents } from './manager-events.ts'
import { createTenantGate } from './tenant-gate.ts'
import type { TenantOptions, TenantQuota } from './tenant-options.ts'

const make = (
  tenants: TenantOptions = {},
  options: CreatePoolOptions = {},
  adapterOptions: FakeAdapterOptions = {},
) => {
  const clock = createFakeClock()
  const adapter = createFakeAdapter({ clock, ...adapterOptions })
  const pool = createPool(adapter, { name: 'orders-db', maxSize: 4, clock, random: () => 0.5, ...options })
  const events = createEventHub<ManagerEvents>()
  const gate = createTenantGate(pool, tenants, { clock, events })
  return { clock, adapter, pool, events, gate }
}

/** What became of a promise so far. */
const follow = <R>(promise: Promise<R>): { outcome: 'pending' | 'given' | string; value: R | undefined } => {
  const followed: { outcome: string; value: R | undefined } = { outcome: 'pending', value: undefined }
  promise.then(
    (value) => Object.assign(followed, { outcome: 'given', value }),
    (error) => Object.assign(followed, { outcome: `${error.code}/${error.reason}` }),
  )
  return followed
}

const leasesOf = (gate: ReturnType<typeof make>['gate']): Record<string, number> =>
  Object.fromEntries(gate.tenants().map(({ tenant, leases }) => [tenant, leases]))

describe('the boundary', () => {
  it('refuses an acquire without a tenant, in every way', async () => {
    const { gate, clock } = make()
    const refused = { code: 'INVALID_ARGUMENT', reason: 'TENANT_REQUIRED' }
    await expect(gate.acquire()).rejects.toMatchObject(refused)
    await expect(gate.acquire({ tenant: '' })).rejects.toMatchObject(refused)
    await expect(gate.use(async () => 1)).rejects.toMatchObject(refused)
    expect(() => gate.tryAcquire()).toThrow(expect.objectContaining(refused))
    await closeNow(gate, clock)
  })

  it('takes the tenant from the context, and from the call before it', async () => {
    const { gate, clock, pool } = make()
    const lease = await runWithContext({ tenant: 'acme' }, () => gate.acquire())
    expect(pool.instances()[0]?.lease?.tenant).toBe('acme')
    lease.release()
    await runWithContext({ tenant: 'acme' }, () =>
      gate.use(() => expect(pool.instances()[0]?.lease?.tenant).toBe('other'), { tenant: 'other' }),
    )
    await closeNow(gate, clock)
  })

  it('lets callers without a tenant through when none is required, unless what they give is none', async () => {
    const { gate, clock } = make({ required: false, quota: { maxLeases: 1 } })
    const leases = [await gate.acquire(), await gate.acquire(), gate.tryAcquire()]
    expect(await gate.use(() => 'used')).toBe('used')
    await expect(gate.acquire({ tenant: '' })).rejects.toMatchObject({ reason: 'TENANT_REQUIRED' })
    expect(gate.tenants()).toEqual([])
    for (const lease of leases) lease?.release()
    await closeNow(gate, clock)
  })

  it('refuses a tenant that may not use the resource, also when nobody can decide', async () => {
    const { gate, clock, adapter } = make({
      admits: (tenant) => {
        if (tenant === 'unclear') throw new Error('planted-reason: the directory is down')
        return tenant === 'acme'
      },
    })
    const refused = { code: 'PERMISSION_DENIED', reason: 'TENANT_REFUSED', retryable: false }
    await expect(gate.acquire({ tenant: 'other' })).rejects.toMatchObject(refused)
    await expect(gate.use(async () => 1, { tenant: 'unclear' })).rejects.toMatchObject(refused)
    expect(() => gate.tryAcquire({ tenant: 'other' })).toThrow(expect.objectContaining(refused))
    expect(adapter.created).toEqual([])
    expect(gate.tenants()).toEqual([])
    ;(await gate.acquire({ tenant: 'acme' })).release()
    await closeNow(gate, clock)
  })

  it('tells an audit who was admitted and who was refused', async () => {
    const { gate, clock, events } = make({ admits: (tenant) => tenant !== 'other', quota: { acquiresPerSecond: 1 } })
    const told: unknown[] = []
    events.on('tenant.admitted', (event) => told.push(event))
    events.on('tenant.refused', (event) => told.push(event))
    ;(await gate.acquire({ tenant: 'acme' })).release()
    for (const tenant of [undefined, 'other', 'acme']) await gate.acquire({ tenant }).catch(() => {})
    const head = { resource: 'orders-db', at: '2026-01-01T00:00:00.000Z' }
    expect(told).toEqual([
      { ...head, tenant: 'acme' },
      { ...head, tenant: undefined, code: 'INVALID_ARGUMENT', reason: 'TENANT_REQUIRED' },
      { ...head, tenant: 'other', code: 'PERMISSION_DENIED', reason: 'TENANT_REFUSED' },
      { ...head, tenant: 'acme', code: 'RATE_LIMITED', reason: 'QUOTA_EXCEEDED' },
    ])
    await closeNow(gate, clock)
  })

  it('builds no event that nobody hears', async () => {
    const { gate, clock, events } = make({ admits: (tenant) => tenant === 'acme' })
    const build = vi.spyOn(clock, 'wallNow')
    const before = build.mock.calls.length
    await gate.acquire({ tenant: 'other' }).catch(() => {})
    expect(build.mock.calls.length).toBe(before)
    events.on('tenant.refused', () => {})
    await gate.acquire({ tenant: 'other' }).catch(() => {})
    expect(build.mock.calls.length).toBe(before + 1)
    await closeNow(gate, clock)
  })
})

describe('maxLeases', () => {
  it('has who would be one too many wait for one of the tenant’s own leases, in order', async () => {
    const { gate, clock } = make({ quota: { maxLeases: 2 } })
    const first = await gate.acquire({ tenant: 'a' })
    const second = await gate.acquire({ tenant: 'a' })
    const waiting = [
      follow(gate.acquire({ tenant: 'a' })),
      follow(gate.use((resource) => resource.number, { tenant: 'a' })),
    ]
    await clock.advanceAsync(100)
    expect(waiting.map(({ outcome }) => outcome)).toEqual(['pending', 'pending'])
    expect(gate.tenants()).toEqual([{ tenant: 'a', leases: 2, waiting: 0, waitingForQuota: 2 }])
    // Nothing of it is in the pool's line, and other tenants do not notice.
    expect(gate.statistics().waiting).toBe(0)
    ;(await gate.acquire({ tenant: 'b' })).release()
    first.release()
    await clock.advanceAsync(0)
    expect(waiting.map(({ outcome }) => outcome)).toEqual(['given', 'pending'])
    second.release()
    await clock.advanceAsync(0)
    expect(waiting[1]?.outcome).toBe('given')
    await closeNow(gate, clock)
  })

  it('is told QUOTA_EXCEEDED when its time is over: no circuit may open because of one tenant', async () => {
    const { gate, clock } = make({ quota: { maxLeases: 1 } })
    const lease = await gate.acquire({ tenant: 'a' })
    const late = gate.acquire({ tenant: 'a', timeoutMs: 50 })
    const failed = expect(late).rejects.toMatchObject({
      code: 'RESOURCE_EXHAUSTED',
      reason: 'QUOTA_EXCEEDED',
      retryable: true,
      details: { tenant: 'a', leases: 1, waiting: 1, maxLeases: 1, waitedMs: 50 },
    })
    await clock.advanceAsync(49)
    expect(gate.tenants()[0]?.waitingForQuota).toBe(1)
    await clock.advanceAsync(1)
    await failed
    expect(gate.tenants()[0]?.waitingForQuota).toBe(0)
    await expect(gate.acquire({ tenant: 'a', timeoutMs: 0 })).rejects.toMatchObject({ reason: 'QUOTA_EXCEEDED' })
    lease.release()
    expect(gate.tenants()).toEqual([])
    await closeNow(gate, clock)
    await clock.advanceAsync(1)
    expect(clock.pendingTimers).toBe(0)
  })

  it('leaves the pool the time that is left, and the deadline of its own context', async () => {
    const { gate, clock } = make({ quota: { maxLeases: 1 } }, { maxSize: 1 })
    const mine = await gate.acquire({ tenant: 'a' })
    const waiting = runWithContext({ deadline: clock.monotonicNow() + 100 }, () =>
      follow(gate.acquire({ tenant: 'a', timeoutMs: 1000 })),
    )
    const other = follow(gate.acquire({ tenant: 'b' }))
    await clock.advanceAsync(60)
    // Released by somebody whose own deadline is long over.
    runWithContext({ deadline: clock.monotonicNow() - 10, tenant: 'b' }, () => mine.release())
    await clock.advanceAsync(0)
    expect(other.outcome).toBe('given')
    expect(gate.tenants()).toContainEqual({ tenant: 'a', leases: 0, waiting: 1, waitingForQuota: 0 })
    await clock.advanceAsync(39)
    expect(waiting.outcome).toBe('pending')
    await clock.advanceAsync(1)
    expect(waiting.outcome).toBe('TIMEOUT/ACQUIRE_TIMEOUT')
    await closeNow(gate, clock)
  })

  it('runs the work of use in the context of who asked for it', async () => {
    const { gate, clock } = make({ quota: { maxLeases: 1 } })
    const lease = await gate.acquire({ tenant: 'a' })
    const seen = runWithContext({ tenant: 'a', deadline: 5000 }, () => gate.use(() => currentContext()?.deadline))
    runWithContext({ tenant: 'b', deadline: 9000 }, () => lease.release())
    expect(await seen).toBe(5000)
    await closeNow(gate, clock)
  })

  it('leaves the line at once when the signal is aborted', async () => {
    const { gate, clock } = make({ quota: { maxLeases: 1 } })
    const lease = await gate.acquire({ tenant: 'a' })
    const controller = new AbortController()
    const waiting = gate.acquire({ tenant: 'a', signal: controller.signal })
    controller.abort()
    await expect(waiting).rejects.toMatchObject({ code: 'CANCELLED' })
    await expect(gate.acquire({ tenant: 'a', signal: controller.signal })).rejects.toMatchObject({ code: 'CANCELLED' })
    expect(gate.tenants()[0]).toMatchObject({ waitingForQuota: 0, waiting: 0 })
    lease.release()
    await closeNow(gate, clock)
    await clock.advanceAsync(1)
    expect(clock.pendingTimers).toBe(0)
  })

  it('is looked up at each acquire: raised, it lets those on who wait', async () => {
    let maxLeases = 1
    const { gate, clock } = make({ quota: () => ({ maxLeases }) })
    await gate.acquire({ tenant: 'a' })
    const waiting = [1, 2].map(() => follow(gate.acquire({ tenant: 'a' })))
    maxLeases = 3
    const next = follow(gate.acquire({ tenant: 'a', timeoutMs: 10 }))
    await clock.advanceAsync(10)
    expect([...waiting, next].map(({ outcome }) => outcome)).toEqual([
      'given',
      'given',
      'RESOURCE_EXHAUSTED/QUOTA_EXCEEDED',
    ])
    maxLeases = 1
    for (const { value } of waiting) value?.release()
    await expect(gate.acquire({ tenant: 'a', timeoutMs: 0 })).rejects.toMatchObject({ reason: 'QUOTA_EXCEEDED' })
    await closeNow(gate, clock)
  })

  it('counts a lease once, however it ends', async () => {
    const { gate, clock, pool } = make({ quota: { maxLeases: 4 } }, { leakDetectionMs: 100, reclaimLeaks: true })
    const ends: ((lease: Lease<FakeResource>) => void)[] = [
      (lease) => lease.release(),
      (lease) => lease.destroy(new Error('broken')),
      (lease) => lease[Symbol.dispose](),
      (lease) => void lease[Symbol.asyncDispose](),
    ]
    for (const end of ends) {
      const lease = await gate.acquire({ tenant: 'a' })
      expect(leasesOf(gate)).toEqual({ a: 1 })
      end(lease)
      expect(gate.tenants()).toEqual([])
      const next = await gate.acquire({ tenant: 'a' })
      end(lease)
      lease.release()
      expect(leasesOf(gate)).toEqual({ a: 1 })
      next.release()
    }
    await gate.use((_, lease) => lease.release(), { tenant: 'a' })
    await gate.use(() => Promise.reject(new Error('work failed')), { tenant: 'a' }).catch(() => {})
    expect(gate.tenants()).toEqual([])
    // Reclaimed as leaks: one that was acquired, and one in a use that goes on.
    const leaked = await gate.acquire({ tenant: 'a' })
    const used = follow(gate.use(() => new Promise(() => {}), { tenant: 'a' }))
    await clock.advanceAsync(500)
    expect(pool.statistics().leaks).toBe(2)
    expect(used.outcome).toMatch('CLOSED')
    expect(gate.tenants()).toEqual([])
    leaked.release()
    expect(gate.tenants()).toEqual([])
    // Forced by close.
    await gate.acquire({ tenant: 'a' })
    await closeNow(gate, clock)
    expect(gate.tenants()).toEqual([])
  })

  it('of an earlier epoch is given back to its tenant when it is taken away', async () => {
    const { gate, clock } = make({ quota: { maxLeases: 1 } })
    await gate.acquire({ tenant: 'a' })
    const waiting = follow(gate.acquire({ tenant: 'a' }))
    gate.advanceEpoch({ maxDrainMs: 100 })
    await clock.advanceAsync(100)
    expect(waiting.outcome).toBe('given')
    await closeNow(gate, clock)
  })
})

describe('maxWaiting', () => {
  it('counts those who wait for a resource and those who wait for the tenant’s own', async () => {
    const { gate, clock } = make({ quota: { maxLeases: 2, maxWaiting: 2 } }, { maxSize: 2 })
    const other = await gate.acquire({ tenant: 'b' })
    await gate.acquire({ tenant: 'a' })
    const waiting = [1, 2].map(() => follow(gate.acquire({ tenant: 'a' })))
    expect(gate.tenants()).toContainEqual({ tenant: 'a', leases: 1, waiting: 1, waitingForQuota: 1 })
    await expect(gate.acquire({ tenant: 'a' })).rejects.toMatchObject({
      code: 'RESOURCE_EXHAUSTED',
      reason: 'QUOTA_EXCEEDED',
      details: { waiting: 2, maxWaiting: 2 },
    })
    other.release()
    await clock.advanceAsync(0)
    expect(waiting[0]?.outcome).toBe('given')
    await closeNow(gate, clock)
  })

  it('0 lets everybody through who finds a resource or room for one, and turns the others away at once', async () => {
    const { gate, clock } = make({ quota: { maxWaiting: 0 } }, { maxSize: 3 })
    // At the same moment, while the pool is still empty.
    const all = [1, 2, 3, 4].map(() => follow(gate.acquire({ tenant: 'a' })))
    await clock.advanceAsync(0)
    expect(all.map(({ outcome }) => outcome)).toEqual(['given', 'given', 'given', 'RESOURCE_EXHAUSTED/QUOTA_EXCEEDED'])
    all[0]?.value?.release()
    expect(await gate.use(() => 'used', { tenant: 'a' })).toBe('used')
    await closeNow(gate, clock)
  })
})

describe('acquiresPerSecond', () => {
  it('refuses with when to come again, and then lets through', async () => {
    const { gate, clock } = make({ quota: { acquiresPerSecond: 4 } })
    const go = async (): Promise<void> => (await gate.acquire({ tenant: 'a' })).release()
    for (let count = 0; count < 4; count++) await go()
    const refused = { code: 'RATE_LIMITED', reason: 'QUOTA_EXCEEDED', retryAfterMs: 250, retryable: true }
    await expect(go()).rejects.toMatchObject(refused)
    await expect(gate.use(() => 1, { tenant: 'a' })).rejects.toMatchObject(refused)
    expect(gate.tryAcquire({ tenant: 'a' })).toBeUndefined()
    ;(await gate.acquire({ tenant: 'b' })).release()
    await clock.advanceAsync(249)
    await expect(go()).rejects.toMatchObject({ retryAfterMs: 1 })
    await clock.advanceAsync(1)
    await go()
    await closeNow(gate, clock)
    await clock.advanceAsync(1)
    expect(clock.pendingTimers).toBe(0)
  })

  it('counts what was tried, but not what a quota has refused', async () => {
    const { gate, clock } = make({ quota: { acquiresPerSecond: 2, maxLeases: 1 } })
    const lease = await gate.acquire({ tenant: 'a' })
    for (let count = 0; count < 5; count++) {
      await expect(gate.acquire({ tenant: 'a', timeoutMs: 0 })).rejects.toMatchObject({ code: 'RESOURCE_EXHAUSTED' })
      expect(gate.tryAcquire({ tenant: 'a' })).toBeUndefined()
    }
    lease.release()
    ;(await gate.acquire({ tenant: 'a' })).release()
    await expect(gate.acquire({ tenant: 'a' })).rejects.toMatchObject({ code: 'RATE_LIMITED' })
    await closeNow(gate, clock)
  })
})

describe('tryAcquire', () => {
  it('answers undefined at a quota, and never overtakes one of its tenant that waits', async () => {
    const { gate, clock, pool } = make({ quota: { maxLeases: 1 } })
    expect(gate.tryAcquire({ tenant: 'a' })).toBeUndefined()
    await clock.advanceAsync(0)
    const lease = gate.tryAcquire({ tenant: 'a' })
    expect(lease?.resource.number).toBe(1)
    await pool.start()
    expect(gate.tryAcquire({ tenant: 'a' })).toBeUndefined()
    const waiting = follow(gate.acquire({ tenant: 'a' }))
    lease?.release()
    expect(gate.tryAcquire({ tenant: 'a' })).toBeUndefined()
    await clock.advanceAsync(0)
    expect(waiting.outcome).toBe('given')
    await closeNow(gate, clock)
  })
})

describe('drain and close', () => {
  it('serves those who wait for their own tenant’s leases, and turns tenants away that come meanwhile', async () => {
    const { gate, clock } = make({ quota: { maxLeases: 1 } })
    const lease = await gate.acquire({ tenant: 'a' })
    const waiting = follow(gate.acquire({ tenant: 'a' }))
    const drained = follow(gate.drain())
    await expect(gate.acquire({ tenant: 'b' })).rejects.toMatchObject({ code: 'CLOSED' })
    await expect(gate.use(() => 1, { tenant: 'a' })).rejects.toMatchObject({ code: 'CLOSED' })
    expect(() => gate.tryAcquire({ tenant: 'b' })).toThrow(expect.objectContaining({ code: 'CLOSED' }))
    lease.release()
    await clock.advanceAsync(0)
    expect([waiting.outcome, drained.outcome]).toEqual(['given', 'pending'])
    waiting.value?.release()
    await clock.advanceAsync(0)
    expect(drained.outcome).toBe('given')
    await closeNow(gate, clock)
    await expect(gate.drain()).rejects.toMatchObject({ code: 'CLOSED' })
  })

  it('gives up draining at the deadline or when aborted, and can drain again', async () => {
    const { gate, clock } = make({ quota: { maxLeases: 1 } })
    const lease = await gate.acquire({ tenant: 'a' })
    const waiting = follow(gate.acquire({ tenant: 'a' }))
    const late = expect(gate.drain({ deadline: clock.monotonicNow() + 20 })).rejects.toMatchObject({ code: 'TIMEOUT' })
    await clock.advanceAsync(20)
    await late
    const controller = new AbortController()
    const aborted = expect(gate.drain({ signal: controller.signal })).rejects.toMatchObject({ code: 'CANCELLED' })
    controller.abort()
    await aborted
    lease.release()
    await clock.advanceAsync(0)
    waiting.value?.release()
    await gate.drain()
    await closeNow(gate, clock)
    await clock.advanceAsync(1)
    expect(clock.pendingTimers).toBe(0)
  })

  it('turns everybody away who waits, once, and closes the pool by the deadline', async () => {
    const { gate, clock, pool, adapter } = make({ quota: { maxLeases: 1, acquiresPerSecond: 5 } })
    await gate.acquire({ tenant: 'a' })
    const waiting = follow(gate.acquire({ tenant: 'a' }))
    await expect(gate.close({ deadlineMs: -1 })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
    const closed = gate.close({ deadlineMs: 100 })
    expect(gate.close()).toBe(closed)
    await clock.advanceAsync(99)
    expect(waiting.outcome).toMatch('CLOSED')
    expect(pool.statistics().leased).toBe(1)
    await clock.advanceAsync(1)
    await closed
    expect(adapter.destroyed.length).toBe(1)
    expect([gate.tenants(), clock.pendingTimers]).toEqual([[], 0])
    await expect(gate.acquire({ tenant: 'a' })).rejects.toMatchObject({ code: 'CLOSED' })
  })
})

describe('options', () => {
  it('are wrong all at once', () => {
    const { pool } = make()
    const wrong = {
      isolation: 'none',
      required: 1,
      admits: 'everybody',
      quota: { maxLeases: 0, maxWaiting: -1, acquiresPerSecond: Number.NaN },
      weight: 2,
      maxShare: 0,
      maxPools: 1.5,
    }
    // As a caller without types would give them.
    const gate = (): unknown => createTenantGate(pool, wrong as never)
    expect(gate).toThrow(
      expect.objectContaining({
        code: 'INVALID_ARGUMENT',
        details: {
          problems: [
            'isolation',
            'required',
            'admits',
            'weight',
            'quota.maxLeases',
            'quota.maxWaiting',
            'quota.acquiresPerSecond',
            'maxShare',
            'maxPools',
          ].map((path) => expect.objectContaining({ path: `tenants.${path}` })),
        },
      }),
    )
  })

  it.each<[string, () => TenantQuota, string]>([
    ['no number', () => ({ maxLeases: Number.NaN }), 'INVALID_ARGUMENT'],
    ['nothing', () => undefined as never, 'INVALID_ARGUMENT'],
    [
      'an error',
      () => {
        throw new Error('the database of plans is down')
      },
      'INTERNAL',
    ],
  ])('a quota that is %s gives nothing', async (_, quota, code) => {
    const { gate, clock, adapter } = make({ quota })
    await expect(gate.acquire({ tenant: 'a' })).rejects.toMatchObject({ code })
    expect(adapter.created).toEqual([])
    expect(gate.tenants()).toEqual([])
    await closeNow(gate, clock)
  })
})

describe('the pool behind the gate', () => {
  it('is the same in everything else', async () => {
    const { gate, clock, pool } = make()
    await gate.start()
    gate.resize({ maxSize: 2 })
    const told: string[] = []
    const stop = gate.on('resource.created', ({ id }) => told.push(id))
    ;(await gate.acquire({ tenant: 'a' })).release()
    stop()
    expect(told).toEqual(['orders-db#1'])
    expect(gate.instances()).toEqual(pool.instances())
    expect(gate.statistics().maxSize).toBe(2)
    expect((await gate.health()).status).toBe('up')
    expect(gate.retain(() => false)).toBe(1)
    expect([gate.advanceEpoch(), gate.epoch, gate.name]).toEqual([2, 2, 'orders-db'])
    const stream: AsyncIterable<unknown> = gate.events('pool.closed')
    await closeNow(gate, clock)
    const ends: unknown[] = []
    for await (const event of stream) ends.push(event)
    expect(ends).toHaveLength(1)
  })

  it('that throws instead of rejecting leaves no count behind', async () => {
    const { pool, clock } = make()
    const throwing: Pool<FakeResource> = Object.create(pool, {
      name: { value: 'throwing' },
      on: { value: () => () => {} },
      acquire: {
        value: () => {
          throw new Error('at once')
        },
      },
      use: {
        value: () => {
          throw new Error('at once')
        },
      },
    })
    const gate = createTenantGate(throwing, { quota: { maxLeases: 1 } }, { clock })
    await expect(gate.acquire({ tenant: 'a' })).rejects.toThrow('at once')
    await expect(gate.use(() => 1, { tenant: 'a' })).rejects.toThrow('at once')
    expect(gate.tenants()).toEqual([])
    await closeNow(pool, clock)
  })
})
