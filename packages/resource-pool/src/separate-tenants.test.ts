import { runWithContext } from '@holdfast/contracts/context'
import type { Lease } from '@holdfast/contracts/resources'
import { createFakeClock } from '@holdfast/testkit'
import { describe, expect, it } from 'vitest'
import { closeNow } from '../test/close-now.ts'
import { createFakeAdapter, type FakeAdapterOptions, type FakeResource } from '../test/fake-adapter.ts'
import { type CreatePoolOptions, createPool } from './index.ts'

const make = (options: CreatePoolOptions = {}, adapterOptions: FakeAdapterOptions = {}, isolatesTenants = false) => {
  const clock = createFakeClock()
  const adapter = Object.assign(createFakeAdapter({ clock, ...adapterOptions }), { isolatesTenants })
  const pool = createPool<FakeResource>(adapter, {
    name: 'orders-db',
    maxSize: 2,
    separateTenants: true,
    clock,
    random: () => 0.5,
    ...options,
  })
  const use = async (tenant: string | undefined): Promise<number> => {
    const lease = await pool.acquire({ tenant })
    const { number } = lease.resource
    lease.release()
    return number
  }
  return { clock, adapter, pool, use }
}

type Made = ReturnType<typeof make>

const ignore = (): void => {}

/** Has callers of tenants wait and notes in which order they are served. */
const line = ({ pool }: Pick<Made, 'pool'>, tenants: readonly string[]) => {
  const served: string[] = []
  const leases: Lease<FakeResource>[] = []
  for (const tenant of tenants) {
    pool.acquire({ tenant }).then((lease) => {
      served.push(tenant)
      leases.push(lease)
    }, ignore)
  }
  return { served, leases }
}

describe('a pool that keeps tenants apart', () => {
  it('gives a tenant what it has used itself, then what nobody has used, then a new one in the place of another’s', async () => {
    const { pool, use, clock, adapter } = make({ minSize: 2 })
    await pool.start()
    const [own, other] = [await use('a'), await use('b')]
    expect(own).not.toBe(other)
    expect([await use('a'), await use('b'), await use('a')]).toEqual([own, other, own])
    // Nothing is left that nobody has used: what was idle longest is ended, b's.
    expect(await use('c')).toBe(3)
    expect(adapter.destroyed.map(({ number }) => number)).toEqual([other])
    expect(await use('a')).toBe(own)
    expect(pool.statistics()).toMatchObject({ size: 2, creates: 3, destroys: { tenant: 1 } })
    await closeNow(pool, clock)
  })

  it('makes one while there is room, before it ends another’s', async () => {
    const { pool, use, clock, adapter } = make()
    expect([await use('a'), await use('b')]).toEqual([1, 2])
    expect(adapter.destroyed).toEqual([])
    await closeNow(pool, clock)
  })

  it('takes no tenant for one of its own, and the one of the context for who gives none', async () => {
    const { use, clock, pool } = make({ maxSize: 3 })
    expect([await use(undefined), await use('a'), await use(undefined)]).toEqual([1, 2, 1])
    expect(await runWithContext({ tenant: 'a' }, () => use(undefined))).toBe(2)
    await closeNow(pool, clock)
  })

  it('shares what the adapter says is safe to share after its reset', async () => {
    const { use, clock, pool, adapter } = make({}, { onReset: () => {} }, true)
    expect(await use('a')).toBe(1)
    await clock.advanceAsync(0)
    expect(await use('b')).toBe(1)
    expect(adapter.created[0]?.resets).toBe(2)
    await closeNow(pool, clock)
  })

  it('does not take a reset alone for safe', async () => {
    const { use, clock, pool } = make({}, { onReset: () => {} })
    expect(await use('a')).toBe(1)
    await clock.advanceAsync(0)
    expect(await use('b')).toBe(2)
    await closeNow(pool, clock)
  })

  it('tells why it has ended one', async () => {
    const { use, clock, pool } = make({ maxSize: 1 })
    const told: unknown[] = []
    pool.on('resource.destroyed', ({ id, cause }) => told.push([id, cause]))
    await use('a')
    await use('b')
    expect(told).toEqual([['orders-db#1', 'tenant']])
    await closeNow(pool, clock)
  })

  it('has one made for a tenant that tries, in the place of another’s', async () => {
    const { use, clock, pool } = make({ maxSize: 1 })
    await use('a')
    expect(pool.tryAcquire({ tenant: 'b' })).toBeUndefined()
    await clock.advanceAsync(0)
    expect(pool.tryAcquire({ tenant: 'b' })?.resource.number).toBe(2)
    await closeNow(pool, clock)
  })

  it('checks one of the tenant’s own before it makes a new one', async () => {
    const { use, clock, pool, adapter } = make({}, { onValidate: () => true })
    await use('a')
    await use('b')
    await clock.advanceAsync(1000)
    expect(await use('a')).toBe(1)
    expect(adapter.validations).toBe(1)
    expect(pool.tryAcquire({ tenant: 'b' })).toBeUndefined()
    await clock.advanceAsync(0)
    expect(pool.tryAcquire({ tenant: 'b' })?.resource.number).toBe(2)
    await closeNow(pool, clock)
  })

  it('checks one that comes back to a caller of its tenant, and checks it once', async () => {
    let checks = 0
    const { clock, pool } = make(
      { maxSize: 1, validateIdleLongerThanMs: 0 },
      {
        onReset: () => {},
        onValidate: () => {
          checks += 1
          // Without end otherwise: nothing but promises would run any more.
          if (checks > 10) throw new Error('checked over and over')
          return true
        },
      },
    )
    const lease = await pool.acquire({ tenant: 'a' })
    lease.release()
    const next = pool.acquire({ tenant: 'a' })
    await clock.advanceAsync(0)
    expect([(await next).resource.number, checks]).toEqual([1, 1])
    await closeNow(pool, clock)
  })

  it('looks after the health of one without taking it from its tenant', async () => {
    const { use, clock, pool, adapter } = make({ maxSize: 1 }, { onValidate: () => true })
    expect((await pool.health()).status).toBe('up')
    // What was made to be looked at is nobody's yet.
    expect(await use('a')).toBe(1)
    expect((await pool.health()).status).toBe('up')
    expect(await use('a')).toBe(1)
    expect(adapter.created.length).toBe(1)
    await closeNow(pool, clock)
  })

  it('ends no more than can be made at once, and none in vain while creates fail', async () => {
    let isDown = false
    const { use, clock, pool, adapter } = make(
      { maxSize: 4, maxConcurrentCreates: 1 },
      {
        onCreate: () => {
          if (isDown) throw new Error('no more connections')
        },
      },
    )
    const leases = await Promise.all([1, 2, 3, 4].map(() => pool.acquire({ tenant: 'a' })))
    for (const lease of leases) lease.release()
    isDown = true
    const { served } = line({ pool }, ['b', 'b', 'b'])
    await clock.advanceAsync(500)
    expect(adapter.destroyed.length).toBe(1)
    // a goes on working meanwhile.
    expect([await use('a'), served]).toEqual([4, []])
    isDown = false
    await clock.advanceAsync(5000)
    expect(served).toEqual(['b', 'b', 'b'])
    await closeNow(pool, clock)
  })
})

describe('turns of tenants that are kept apart', () => {
  it('hardly ever end a resource while both wait and have some that come back', async () => {
    const { clock, pool, adapter } = make({ maxSize: 8, acquireTimeoutMs: 100_000 })
    const counts = new Map<string, number>()
    let seed = 1
    const work = async (tenant: string): Promise<void> => {
      for (let round = 0; round < 200; round++) {
        seed = (seed * 16_807) % 2_147_483_647
        const holdMs = 1 + (seed % 13)
        await pool.use(() => new Promise<void>((resolve) => void clock.setTimer(resolve, holdMs)), { tenant })
        counts.set(tenant, (counts.get(tenant) ?? 0) + 1)
      }
    }
    const all = Promise.all([...new Array(12).fill('a'), ...new Array(12).fill('b')].map(work))
    await clock.advanceAsync(1000)
    const [a = 0, b = 0] = [counts.get('a'), counts.get('b')]
    expect(Math.abs(a - b)).toBeLessThan((a + b) * 0.05)
    // Had each change of turns ended one, it would be every second lease.
    expect(adapter.destroyed.length).toBeLessThan((a + b) * 0.03)
    await clock.advanceAsync(100_000)
    await all
    await closeNow(pool, clock)
  })

  it('leave a resource to a tenant that comes back at once, as long as the other has some of its own', async () => {
    const { clock, pool, adapter } = make({ maxSize: 4, acquireTimeoutMs: 100_000 })
    let [leases, seed] = [0, 1]
    const work = async (tenant: string): Promise<void> => {
      for (let round = 0; round < 200; round++) {
        seed = (seed * 16_807) % 2_147_483_647
        const holdMs = 1 + (seed % 13)
        await pool.use(() => new Promise<void>((resolve) => void clock.setTimer(resolve, holdMs)), { tenant })
        leases += 1
      }
    }
    const all = Promise.all(['a', 'b', 'a', 'b', 'a', 'b', 'a', 'b'].map(work))
    await clock.advanceAsync(100_000)
    await all
    expect(adapter.destroyed.length).toBeLessThan(leases * 0.1)
    await closeNow(pool, clock)
  })

  it('end what stays idle for a few milliseconds, however long the other keeps its own', async () => {
    const { clock, pool, use } = make({ maxSize: 2 })
    await pool.acquire({ tenant: 'b' })
    await use('a')
    const { served } = line({ pool }, ['b'])
    await clock.advanceAsync(4)
    expect(served).toEqual([])
    await clock.advanceAsync(1)
    expect(served).toEqual(['b'])
    await closeNow(pool, clock)
  })

  it('give a tenant that has none the next resource that becomes free', async () => {
    const { clock, pool, adapter } = make({ maxSize: 3 })
    const leases = await Promise.all([1, 2, 3].map(() => pool.acquire({ tenant: 'a' })))
    const { served } = line({ pool }, ['b', 'a', 'a'])
    leases[0]?.release()
    await clock.advanceAsync(0)
    expect(served).toEqual(['b'])
    expect(adapter.destroyed.length).toBe(1)
    await closeNow(pool, clock)
  })

  it('let nobody be overtaken more often than there are resources', async () => {
    const { clock, pool } = make({ maxSize: 3, acquireTimeoutMs: 100_000 })
    // b has one that it keeps, and waits for another; what a gives back suits only a, which always waits for more.
    const kept = await pool.acquire({ tenant: 'b' })
    const leases = await Promise.all([1, 2].map(() => pool.acquire({ tenant: 'a' })))
    const order: string[] = []
    const again = async (lease: Lease<FakeResource>): Promise<void> => {
      order.push('a')
      pool.acquire({ tenant: 'a' }).then((next) => clock.setTimer(() => again(next), 1), ignore)
      lease.release()
    }
    pool.acquire({ tenant: 'b' }).then(() => order.push('b'), ignore)
    for (const lease of leases) clock.setTimer(() => again(lease), 1)
    await clock.advanceAsync(10)
    expect(order.indexOf('b')).toBeGreaterThan(0)
    expect(order.indexOf('b')).toBeLessThanOrEqual(3 + 2)
    kept.release()
    await closeNow(pool, clock)
  })

  it('serve one with a single caller at once beside ten thousand of another', async () => {
    for (const separateTenants of [false, true]) {
      const { clock, pool, adapter } = make({ maxSize: 2, separateTenants, maxWaiting: 20_000, acquireTimeoutMs: 1e6 })
      const first = await pool.acquire({ tenant: 'crowd' })
      const crowd = line({ pool }, new Array(10_000).fill('crowd'))
      await clock.advanceAsync(0)
      const single = line({ pool }, ['single'])
      first.release()
      crowd.leases[0]?.release()
      await clock.advanceAsync(0)
      expect(single.served).toEqual(['single'])
      expect(adapter.destroyed.length).toBe(separateTenants ? 1 : 0)
      await closeNow(pool, clock)
    }
  })

  it('go by weights', async () => {
    const { clock, pool } = make({
      maxSize: 4,
      acquireTimeoutMs: 100_000,
      tenantWeight: (tenant) => (tenant === 'gold' ? 3 : 1),
    })
    const { served, leases } = line({ pool }, [...new Array(400).fill('gold'), ...new Array(400).fill('iron')])
    while (served.length < 200) {
      leases.shift()?.release()
      await clock.advanceAsync(1)
    }
    const gold = served.filter((tenant) => tenant === 'gold').length
    expect(gold).toBeGreaterThan(130)
    expect(gold).toBeLessThan(170)
    await closeNow(pool, clock)
  })

  it('hold nobody up for long however small weights are and however much is owed', async () => {
    const { clock, pool } = make({ maxSize: 2, acquireTimeoutMs: 1e6, tenantWeight: () => 0.01 })
    const tenants = new Array(2000).fill('').map((_, index) => `tenant-${index}`)
    const { served, leases } = line({ pool }, [...tenants, ...tenants])
    for (let round = 0; round < 50; round++) {
      await clock.advanceAsync(1)
      leases.shift()?.release()
    }
    await clock.advanceAsync(1)
    expect(new Set(served).size).toBe(served.length)
    expect(served.length).toBeGreaterThan(40)
    await closeNow(pool, clock)
  })
})

describe('maxTenantShare', () => {
  it.each([false, true])(
    'holds a tenant to its share while others wait, and not otherwise (apart: %s)',
    async (apart) => {
      const { clock, pool } = make({ maxSize: 4, separateTenants: apart, maxTenantShare: 0.5, acquireTimeoutMs: 1e6 })
      const greedy = line({ pool }, new Array(20).fill('greedy'))
      await clock.advanceAsync(0)
      // Nobody else wants any.
      expect(greedy.served.length).toBe(4)
      const modest = line({ pool }, ['modest', 'modest', 'modest'])
      for (let round = 0; round < 2; round++) {
        greedy.leases.shift()?.release()
        await clock.advanceAsync(0)
      }
      expect([greedy.served.length, modest.served.length]).toEqual([4, 2])
      // Both have their share: they take turns again.
      greedy.leases.shift()?.release()
      await clock.advanceAsync(0)
      modest.leases.shift()?.release()
      await clock.advanceAsync(0)
      expect(greedy.served.length + modest.served.length).toBe(8)
      for (const lease of [...greedy.leases.splice(0), ...modest.leases.splice(0)]) lease.release()
      await clock.advanceAsync(0)
      expect(modest.served.length).toBe(3)
      await closeNow(pool, clock)
    },
  )

  it('is at least one resource', async () => {
    const { clock, pool } = make({ maxSize: 2, maxTenantShare: 0.01, separateTenants: false })
    const leases = await Promise.all([1, 2].map(() => pool.acquire({ tenant: 'a' })))
    const { served } = line({ pool }, ['a', 'b', 'b'])
    leases[0]?.release()
    await clock.advanceAsync(0)
    // The one that came first has one still.
    expect(served).toEqual(['b'])
    leases[1]?.release()
    await clock.advanceAsync(0)
    expect(served).toEqual(['b', 'a'])
    await closeNow(pool, clock)
  })
})
