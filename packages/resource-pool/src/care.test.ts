import { createFakeClock } from '@holdfast/testkit'
import { describe, expect, it } from 'vitest'
import { closeNow } from '../test/close-now.ts'
import { createFakeAdapter, type FakeAdapterOptions, hangs } from '../test/fake-adapter.ts'
import { createPool } from './create-pool.ts'
import type { CreatePoolOptions } from './create-pool-options.ts'

const setup = (adapterOptions: FakeAdapterOptions = {}, options: CreatePoolOptions = {}) => {
  const clock = createFakeClock()
  const adapter = createFakeAdapter({ clock, ...adapterOptions })
  const pool = createPool(adapter, { clock, name: 'db', maxConcurrentCreates: 10, ...options })
  /** Makes `count` resources and gives them all back. */
  const fill = async (count: number): Promise<void> => {
    const leases = await Promise.all(Array.from({ length: count }, () => pool.acquire()))
    for (const lease of leases) lease.release()
  }
  return { clock, adapter, pool, fill }
}

describe('idle resources', () => {
  it('are destroyed after idleTimeoutMs, down to minSize and minIdle', async () => {
    const { clock, pool, fill } = setup({}, { idleTimeoutMs: 1000, minSize: 1, minIdle: 2 })
    await fill(5)
    await clock.advanceAsync(999)
    // Two were made to be free while five were in use.
    expect(pool.statistics().size).toBe(7)
    await clock.advanceAsync(1)
    expect(pool.statistics()).toMatchObject({ size: 2, idle: 2, destroys: { idle: 5 } })
    await clock.advanceAsync(100_000)
    expect(pool.statistics().size).toBe(2)
    await pool.close()
  })

  it('that were used longest ago go first, and those in use stay', async () => {
    const { clock, pool, fill } = setup({}, { idleTimeoutMs: 1000 })
    await fill(3)
    await clock.advanceAsync(600)
    const lease = await pool.acquire()
    const { id } = lease.instance
    await clock.advanceAsync(600)
    expect(pool.instances().map((each) => each.id)).toEqual([id])
    lease.release()
    await clock.advanceAsync(1000)
    expect(pool.instances()).toEqual([])
    await clock.advanceAsync(1)
    expect(clock.pendingTimers).toBe(0)
    await pool.close()
  })

  it('are refilled to minIdle in the background, also beyond those in use', async () => {
    const { clock, pool } = setup({ createMs: 10 }, { minIdle: 2, maxSize: 4 })
    const first = pool.acquire()
    await clock.advanceAsync(20)
    const leases = [await first, await pool.acquire()]
    await clock.advanceAsync(10)
    expect(pool.statistics()).toMatchObject({ leased: 2, idle: 2, size: 4 })
    leases.push(await pool.acquire())
    await clock.advanceAsync(10)
    expect(pool.statistics()).toMatchObject({ leased: 3, idle: 1, size: 4 })
    await closeNow(pool, clock)
  })

  it('are used in turn with order fifo, the last one first with lifo', async () => {
    for (const [order, expected] of [
      ['fifo', [1, 2, 3, 1]],
      ['lifo', [3, 3, 3, 3]],
    ] as const) {
      const { pool, fill } = setup({}, { order, maxSize: 3 })
      await fill(3)
      const seen: number[] = []
      for (let count = 0; count < 4; count++) await pool.use(({ number }) => seen.push(number))
      expect(seen).toEqual(expected)
      await pool.close()
    }
  })
})

describe('validation', () => {
  it('is skipped for what was used a moment ago, and made of what was not', async () => {
    const { clock, adapter, pool, fill } = setup({ onValidate: () => true }, { maxSize: 1 })
    await fill(1)
    await clock.advanceAsync(499)
    ;(await pool.acquire()).release()
    expect(adapter.validations).toBe(0)
    await clock.advanceAsync(500)
    ;(await pool.acquire()).release()
    expect(adapter.validations).toBe(1)
    await pool.close()
  })

  it('with validateIdleLongerThanMs 0 is made before every lease, also of what comes straight from another user', async () => {
    const { adapter, pool, fill } = setup({ onValidate: () => true }, { maxSize: 1, validateIdleLongerThanMs: 0 })
    await fill(1)
    const lease = await pool.acquire()
    const waiting = pool.acquire()
    lease.release()
    ;(await waiting).release()
    expect(adapter.validations).toBe(2)
    await pool.close()
  })

  it.each([
    ['says no', () => false],
    ['rejects', () => Promise.reject(new Error('gone'))],
    ['hangs', hangs],
  ])('destroys what it %s to, and the caller gets another one', async (_what, onValidate) => {
    const { clock, adapter, pool, fill } = setup({ onValidate }, { maxSize: 1, validateTimeoutMs: 300 })
    await fill(1)
    await clock.advanceAsync(1000)
    const acquired = pool.acquire()
    await clock.advanceAsync(300)
    const lease = await acquired
    expect(lease.resource.number).toBe(2)
    expect(adapter.destroyed.map(({ number }) => number)).toEqual([1])
    expect(pool.statistics().destroys.invalid).toBe(1)
    lease.release()
    await pool.close()
  })

  it('of what a caller gave up on is kept for the next', async () => {
    const { clock, adapter, pool, fill } = setup({ onValidate: () => true, validateMs: 50 }, { maxSize: 1 })
    await fill(1)
    await clock.advanceAsync(1000)
    const controller = new AbortController()
    const aborted = pool.acquire({ signal: controller.signal })
    const expectation = expect(aborted).rejects.toMatchObject({ code: 'CANCELLED' })
    const next = pool.acquire()
    controller.abort()
    await expectation
    await clock.advanceAsync(50)
    ;(await next).release()
    expect(adapter.created).toHaveLength(1)
    expect(adapter.validations).toBe(1)
    await pool.close()
  })

  it('keeps idle resources alive in the background, half of them at a time', async () => {
    const { clock, adapter, pool, fill } = setup({ onValidate: () => true, validateMs: 10 }, { keepAliveMs: 5000 })
    await fill(4)
    await clock.advanceAsync(5000)
    expect(pool.statistics()).toMatchObject({ validating: 2, idle: 2 })
    await clock.advanceAsync(200)
    expect(adapter.validations).toBe(4)
    expect(pool.statistics()).toMatchObject({ validating: 0, idle: 4 })
    await clock.advanceAsync(4900)
    expect(adapter.validations).toBeGreaterThan(4)
    await pool.close()
  })

  it('in the background replaces what does not work any more', async () => {
    const { clock, adapter, pool, fill } = setup(
      { onValidate: ({ number }) => number > 1 },
      { keepAliveMs: 5000, minSize: 1 },
    )
    await fill(1)
    await clock.advanceAsync(5000)
    expect(adapter.destroyed).toHaveLength(1)
    expect(pool.statistics()).toMatchObject({ idle: 1, destroys: { invalid: 1 } })
    await pool.close()
  })

  it('is waited for by a caller although another resource is ready, and nobody barges in meanwhile', async () => {
    const { clock, pool, fill } = setup({ onValidate: () => true, validateMs: 50 }, { maxSize: 2 })
    await fill(2)
    {
      using lease = await pool.acquire()
      expect(lease.resource.isAlive).toBe(true)
    }
    const order: string[] = []
    const noting = async (name: string) => {
      const lease = await pool.acquire()
      order.push(name)
      return lease
    }
    const first = noting('first')
    const second = noting('second')
    await clock.advanceAsync(50)
    ;(await first).release()
    ;(await second).release()
    expect(order).toEqual(['first', 'second'])
    await pool.close()
  })
})

describe('reset', () => {
  it('holds the slot until it is done, and then gives it to who waits', async () => {
    const reset = Promise.withResolvers<void>()
    const { clock, pool } = setup({ onReset: () => reset.promise }, { maxSize: 1 })
    const lease = await pool.acquire()
    lease.release()
    const next = pool.acquire()
    expect(pool.statistics()).toMatchObject({ resetting: 1, leased: 0, waiting: 1, size: 1 })
    expect(pool.instances()[0]?.state).toBe('resetting')
    reset.resolve()
    await clock.advanceAsync(0)
    ;(await next).release()
    await pool.close()
  })

  it.each([
    ['rejects', () => Promise.reject(new Error('in a transaction'))],
    ['hangs', hangs],
  ])('that %s ends the resource, and who waits gets another', async (_what, onReset) => {
    const { clock, pool } = setup({ onReset }, { maxSize: 1, resetTimeoutMs: 200 })
    const lease = await pool.acquire()
    const next = pool.acquire()
    lease.release()
    await clock.advanceAsync(200)
    expect((await next).resource.number).toBe(2)
    expect(pool.statistics().destroys['reset-failed']).toBe(1)
    await closeNow(pool, clock)
  })
})

describe('a destroy that hangs', () => {
  it('holds its place for destroyTimeoutMs and no longer', async () => {
    const { clock, pool } = setup({ onDestroy: hangs }, { maxSize: 1, destroyTimeoutMs: 400 })
    ;(await pool.acquire()).destroy()
    const next = pool.acquire()
    await clock.advanceAsync(399)
    expect(pool.statistics()).toMatchObject({ destroying: 1, size: 1, creating: 0 })
    await clock.advanceAsync(1)
    expect((await next).resource.number).toBe(2)
    expect(pool.statistics().destroyFailures).toBe(1)
    const closed = pool.close({ deadlineMs: 0 })
    await clock.advanceAsync(400)
    await closed
  })
})

describe('the life of a resource', () => {
  it('ends maxLifetimeMs after birth, less a random share, when it is not in use', async () => {
    const { clock, pool, fill } = setup({}, { maxLifetimeMs: 10_000, maxLifetimeJitter: 0.1, random: () => 0.5 })
    await fill(1)
    const lease = await pool.acquire()
    await clock.advanceAsync(9499)
    lease.release()
    expect(pool.statistics().idle).toBe(1)
    await clock.advanceAsync(1)
    expect(pool.statistics()).toMatchObject({ size: 0, destroys: { lifetime: 1 } })
    await pool.close()
  })

  it('is not cut short while somebody uses it', async () => {
    const { clock, pool } = setup({}, { maxLifetimeMs: 1000, maxLifetimeJitter: 0, maxSize: 1 })
    const lease = await pool.acquire()
    await clock.advanceAsync(5000)
    expect(lease.resource.isAlive).toBe(true)
    const next = pool.acquire()
    lease.release()
    expect((await next).resource.number).toBe(2)
    await closeNow(pool, clock)
  })

  it('ends after maxUses leases', async () => {
    const { pool } = setup({}, { maxUses: 2, maxSize: 1 })
    const seen: number[] = []
    for (let count = 0; count < 5; count++) await pool.use(({ number }) => seen.push(number))
    expect(seen).toEqual([1, 1, 2, 2, 3])
    expect(pool.statistics().destroys.uses).toBe(2)
    await pool.close()
  })
})

describe('leaks', () => {
  it('are told once, with age, tenant and the line that acquired them, and counted', async () => {
    const { clock, pool } = setup({}, { leakDetectionMs: 1000, maxSize: 1 })
    const told: unknown[] = []
    pool.on('lease.leaked', (event) => told.push(event))
    const leaking = await pool.acquire({ tenant: 'acme' })
    await clock.advanceAsync(10_000)
    expect(told).toEqual([
      expect.objectContaining({
        pool: 'db',
        id: 'db#1',
        heldMs: 1000,
        tenant: 'acme',
        reclaimed: false,
        site: expect.stringMatching(/care\.test\.ts:\d+:\d+/),
      }),
    ])
    expect(pool.statistics()).toMatchObject({ leaks: 1, oldestLeaseMs: 10_000 })
    expect(leaking.instance.lease).toMatchObject({ heldMs: 10_000, tenant: 'acme' })
    leaking.release()
    await pool.close()
  })

  it('name the line also of who waited, and of use and tryAcquire', async () => {
    const { clock, pool } = setup({}, { leakDetectionMs: 1000, maxSize: 1 })
    const sites: unknown[] = []
    pool.on('lease.leaked', ({ site }) => sites.push(site))
    const first = await pool.acquire()
    const waiting = pool.acquire()
    first.release()
    const second = await waiting
    await clock.advanceAsync(1100)
    second.release()
    const third = pool.tryAcquire()
    await clock.advanceAsync(1100)
    third?.release()
    await pool.use(() => clock.advanceAsync(1100))
    expect(sites).toEqual(new Array(3).fill(expect.stringContaining('care.test.ts')))
    await pool.close()
  })

  it('are taken back if the pool is to, and who waits gets a new resource', async () => {
    const { clock, adapter, pool } = setup({}, { leakDetectionMs: 1000, reclaimLeaks: true, maxSize: 1 })
    const leaking = await pool.acquire()
    const next = pool.acquire()
    await clock.advanceAsync(1000)
    expect((await next).resource.number).toBe(2)
    expect(() => leaking.resource).toThrow(expect.objectContaining({ code: 'CLOSED' }))
    leaking.release()
    expect(adapter.destroyed.map(({ number }) => number)).toEqual([1])
    expect(pool.statistics()).toMatchObject({ leased: 1, destroys: { leaked: 1 } })
    await closeNow(pool, clock)
  })
})

describe('changes while it runs', () => {
  it('resize takes effect at once: idle ones beyond it go, leased ones when they come back', async () => {
    const { clock, pool, fill } = setup({}, { maxSize: 6 })
    await fill(6)
    const leases = await Promise.all([1, 2, 3, 4].map(() => pool.acquire()))
    const told: unknown[] = []
    pool.on('pool.resized', ({ maxSize }) => told.push(maxSize))
    pool.resize({ maxSize: 3 })
    await clock.advanceAsync(0)
    expect(pool.statistics()).toMatchObject({ maxSize: 3, size: 4, leased: 4, idle: 0 })
    for (const lease of leases) lease.release()
    await clock.advanceAsync(0)
    expect(pool.statistics()).toMatchObject({ size: 3, idle: 3, destroys: { surplus: 3 } })
    const waiting = await Promise.all([1, 2, 3].map(() => pool.acquire()))
    const fourth = pool.acquire()
    await clock.advanceAsync(10)
    pool.resize({ maxSize: 4, minSize: 4 })
    waiting.push(await fourth)
    expect(pool.statistics().leased).toBe(4)
    expect(told).toEqual([3, 4])
    expect(() => pool.resize({ maxSize: 0, minIdle: 5 })).toThrow(
      expect.objectContaining({
        code: 'INVALID_ARGUMENT',
        details: { problems: expect.objectContaining({ length: 3 }) },
      }),
    )
    await closeNow(pool, clock)
  })

  it('retain destroys what it says no to: idle ones now, others when they come back', async () => {
    const { clock, adapter, pool, fill } = setup({}, { maxSize: 4 })
    await fill(4)
    const lease = await pool.acquire()
    const removed = pool.retain((instance, resource) => instance.id === 'db#1' && resource.isAlive)
    expect(removed).toBe(3)
    expect(pool.retain(() => false)).toBe(1)
    await clock.advanceAsync(0)
    expect(pool.statistics()).toMatchObject({ size: 1, leased: 1 })
    expect(lease.resource.isAlive).toBe(true)
    lease.release()
    await clock.advanceAsync(0)
    expect(adapter.destroyed).toHaveLength(4)
    expect(pool.statistics().destroys['not-retained']).toBe(4)
    await pool.close()
  })

  it('advanceEpoch leases nothing of earlier epochs any more, nor what was being made', async () => {
    const { clock, adapter, pool, fill } = setup({}, { maxSize: 3 })
    await fill(2)
    const old = await pool.acquire()
    expect(pool.epoch).toBe(1)
    expect(pool.advanceEpoch()).toBe(2)
    const fresh = await pool.acquire()
    expect(fresh.instance).toMatchObject({ epoch: 2, state: 'leased', uses: 1 })
    expect(old.instance.epoch).toBe(1)
    old.release()
    await clock.advanceAsync(0)
    expect(pool.instances().map(({ epoch }) => epoch)).toEqual([2])
    fresh.release()
    expect(adapter.destroyed).toHaveLength(2)
    expect(pool.statistics()).toMatchObject({ epoch: 2, destroys: { epoch: 2 } })
    await pool.close()

    const slow = setup({ createMs: 100 }, { maxSize: 1 })
    const waiting = slow.pool.acquire()
    await slow.clock.advanceAsync(50)
    slow.pool.advanceEpoch()
    await slow.clock.advanceAsync(200)
    expect((await waiting).instance).toMatchObject({ id: 'db#2', epoch: 2 })
    await closeNow(slow.pool, slow.clock)
  })
})
