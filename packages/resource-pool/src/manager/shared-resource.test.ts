import { HoldfastError } from '@holdfast/contracts'
import { runWithContext } from '@holdfast/contracts/context'
import type { PoolEvents } from '@holdfast/contracts/resources'
import { createFakeClock } from '@holdfast/testkit'
import { describe, expect, it } from 'vitest'
import { closeNow } from '../../test/close-now.ts'
import { createFakeAdapter, type FakeAdapterOptions, hangs } from '../../test/fake-adapter.ts'
import { createSharedResource, type SharedResourceOptions } from './shared-resource.ts'

const refusal = (code: 'UNAVAILABLE' | 'PERMISSION_DENIED' = 'UNAVAILABLE'): HoldfastError =>
  new HoldfastError({ code, source: 'test', operation: 'create', message: 'No.', hint: 'Wait.' })

const create = (options: SharedResourceOptions = {}, behaviour: FakeAdapterOptions = {}) => {
  const clock = createFakeClock()
  const adapter = createFakeAdapter({ clock, ...behaviour })
  const pool = createSharedResource(adapter, {
    clock,
    random: () => 0,
    maxLifetimeMs: Number.POSITIVE_INFINITY,
    ...options,
  })
  return { clock, adapter, pool }
}

describe('a shared resource', () => {
  it('is made once for however many come first, and is in many leases', async () => {
    const { clock, adapter, pool } = create({}, { createMs: 50 })
    const acquired = Promise.all(Array.from({ length: 20 }, () => pool.acquire()))
    await clock.advanceAsync(50)
    const leases = await acquired
    expect(new Set(leases.map(({ resource }) => resource.number))).toEqual(new Set([1]))
    expect(adapter.created).toHaveLength(1)
    expect(pool.statistics()).toMatchObject({
      size: 1,
      leased: 20,
      acquisitions: 20,
      immediate: 0,
      peakWaiting: 20,
      utilisation: 0,
    })
    expect(pool.tryAcquire()?.instance).toMatchObject({ id: 'fake#1', state: 'leased', uses: 21, epoch: 1 })
    for (const lease of leases) lease.release()
    expect(adapter.destroyed).toEqual([])
    await closeNow(pool, clock)
    expect(adapter.destroyed).toHaveLength(1)
    expect(clock.pendingTimers).toBe(0)
  })

  it('has leases that end one by one, and only once', async () => {
    const { clock, pool } = create()
    const [one, other] = [await pool.acquire(), await pool.acquire()]
    one.release()
    one.release()
    one.destroy()
    expect(() => one.resource).toThrow(expect.objectContaining({ code: 'CLOSED' }))
    expect(() => one.instance).toThrow(expect.objectContaining({ code: 'CLOSED' }))
    expect(other.resource.number).toBe(1)
    expect(pool.statistics()).toMatchObject({ leased: 1, size: 1 })
    await closeNow(pool, clock)
  })

  it('is replaced when a user breaks it, and ends when its last lease is back', async () => {
    const { clock, adapter, pool } = create()
    const [one, other] = [await pool.acquire(), await pool.acquire()]
    one.destroy(new Error('gone'))
    await clock.advanceAsync(0)
    const next = await pool.acquire()
    expect(next.resource.number).toBe(2)
    expect(other.resource.isAlive).toBe(true)
    expect(pool.instances().map(({ id }) => id)).toEqual(['fake#1', 'fake#2'])
    other.release()
    await clock.advanceAsync(0)
    expect(adapter.destroyed.map(({ number }) => number)).toEqual([1])
    expect(pool.statistics()).toMatchObject({ size: 1, destroys: { broken: 1 } })
    await closeNow(pool, clock)
  })

  it('is replaced when a use fails with what breaks it, not when it fails otherwise', async () => {
    const { clock, adapter, pool } = create({}, { isBroken: (error) => error instanceof TypeError })
    await expect(pool.use(() => Promise.reject(new RangeError('no such row')))).rejects.toThrow(RangeError)
    expect(await pool.use(({ number }) => number)).toBe(1)
    await expect(pool.use(() => Promise.reject(new TypeError('connection lost')))).rejects.toThrow(TypeError)
    await clock.advanceAsync(0)
    expect(await pool.use(({ number }) => number)).toBe(2)
    expect(adapter.destroyed).toHaveLength(1)
    await closeNow(pool, clock)
  })

  it('is validated in the background while it is used, and replaced when it does not work', async () => {
    let works = true
    const { clock, adapter, pool } = create({ keepAliveMs: 1000 }, { onValidate: () => works })
    const lease = await pool.acquire()
    await clock.advanceAsync(3000)
    expect(adapter.validations).toBe(3)
    expect(adapter.created).toHaveLength(1)
    works = false
    await clock.advanceAsync(1000)
    works = true
    expect((await pool.acquire()).resource.number).toBe(2)
    expect(lease.resource.isAlive).toBe(true)
    lease.release()
    await clock.advanceAsync(0)
    expect(pool.statistics()).toMatchObject({ size: 1, destroys: { invalid: 1 } })
    await closeNow(pool, clock)
  })

  it('is validated after a block that nobody speaks for, but not after each', async () => {
    const { clock, adapter, pool } = create({}, { onValidate: () => true })
    for (let index = 0; index < 3; index += 1) (await pool.acquire())[Symbol.dispose]()
    expect(adapter.validations).toBe(0)
    await clock.advanceAsync(500)
    for (let index = 0; index < 3; index += 1) await (await pool.acquire())[Symbol.asyncDispose]()
    await clock.advanceAsync(0)
    expect(adapter.validations).toBe(1)
    await closeNow(pool, clock)
  })

  it('is replaced when it is old, and given out until the next one is there', async () => {
    const { clock, adapter, pool } = create({ maxLifetimeMs: 1000 }, { createMs: 100 })
    const first = pool.acquire()
    await clock.advanceAsync(100)
    await first
    await clock.advanceAsync(1050)
    expect(adapter.creating).toBe(1)
    expect(pool.tryAcquire()?.resource.number).toBe(1)
    await clock.advanceAsync(50)
    expect(pool.tryAcquire()?.resource.number).toBe(2)
    // The third waits until the first has ended.
    await clock.advanceAsync(5000)
    expect(adapter.created).toHaveLength(2)
    expect(pool.statistics()).toMatchObject({ size: 2, leased: 3 })
    ;(await first).release()
    await closeNow(pool, clock)
  })

  it('is not given out any more when its credentials have expired, and is replaced before', async () => {
    const clock = createFakeClock()
    let isDown = false
    const token = {
      retrieve: async () => {
        if (isDown) throw refusal()
        // Only the expiry is looked at here.
        return { value: null as never, version: '1', expiresAt: new Date(clock.wallNow() + 10_000).toISOString() }
      },
    }
    const { adapter, pool } = create({ clock, credentials: { token } })
    const held = await pool.acquire()
    await clock.advanceAsync(8999)
    expect(adapter.created).toHaveLength(1)
    await clock.advanceAsync(1)
    expect(pool.tryAcquire()?.resource.number).toBe(2)
    expect(held.resource.isAlive).toBe(true)
    held.release()
    isDown = true
    await clock.advanceAsync(9999)
    expect(pool.tryAcquire()?.resource.number).toBe(2)
    await clock.advanceAsync(1)
    expect(pool.tryAcquire()).toBeUndefined()
    await closeNow(pool, clock)
  })

  it('moves to a new epoch at once, and takes leases away after maxDrainMs', async () => {
    const { clock, adapter, pool } = create()
    const drained: PoolEvents['epoch.drained'][] = []
    pool.on('epoch.drained', (event) => drained.push(event))
    const held = await pool.acquire({ tenant: 'acme' })
    const used = expect(pool.use(hangs)).rejects.toMatchObject({ code: 'CLOSED', details: { outcome: 'unknown' } })
    expect(pool.advanceEpoch({ maxDrainMs: 1000 })).toBe(2)
    expect(await pool.use((_, { instance }) => instance.epoch)).toBe(2)
    await clock.advanceAsync(999)
    expect(held.resource.isAlive).toBe(true)
    await clock.advanceAsync(1)
    await used
    expect(() => held.resource).toThrow(expect.objectContaining({ code: 'CLOSED' }))
    expect(drained).toMatchObject([{ epoch: 2, drainMs: 1000, forced: [{ tenant: 'acme' }, { heldMs: 1000 }] }])
    expect(adapter.destroyed.map(({ number }) => number)).toEqual([1])
    expect(pool.statistics()).toMatchObject({ revocations: 2, size: 1, destroys: { epoch: 1 } })
    await closeNow(pool, clock)
  })

  it('is never there three times: the oldest is taken away when the newer has failed as well', async () => {
    const { clock, adapter, pool } = create()
    const first = await pool.acquire()
    pool.advanceEpoch()
    const second = await pool.acquire()
    pool.advanceEpoch()
    const third = pool.acquire()
    await clock.advanceAsync(0)
    expect(() => first.resource).toThrow(expect.objectContaining({ code: 'CLOSED' }))
    expect(second.resource.isAlive).toBe(true)
    expect((await third).resource.number).toBe(3)
    expect(adapter.destroyed.map(({ number }) => number)).toEqual([1])
    expect(pool.statistics().size).toBe(2)
    await closeNow(pool, clock)
  })

  it('does not use what was being made in an earlier epoch, nor waits for it', async () => {
    const clock = createFakeClock()
    const late = (number: number) =>
      number === 1 ? new Promise<void>((resolve) => void clock.setTimer(resolve, 3000)) : undefined
    const { adapter, pool } = create({ clock }, { onCreate: late })
    const waiting = pool.acquire()
    await clock.advanceAsync(10)
    pool.advanceEpoch()
    await clock.advanceAsync(0)
    expect((await waiting).instance.epoch).toBe(2)
    await clock.advanceAsync(3000)
    expect(adapter.created).toHaveLength(2)
    expect(adapter.destroyed.map(({ number }) => number)).toEqual([adapter.created[1]?.number])
    await closeNow(pool, clock)
  })

  it('is tried again and again until the deadline, with the cause; and not where that cannot help', async () => {
    let code: 'UNAVAILABLE' | 'PERMISSION_DENIED' = 'UNAVAILABLE'
    const { clock, adapter, pool } = create(
      { acquireTimeoutMs: 1000 },
      {
        onCreate() {
          throw refusal(code)
        },
      },
    )
    const failed = expect(pool.acquire()).rejects.toMatchObject({
      code: 'TIMEOUT',
      reason: 'ACQUIRE_TIMEOUT',
      details: { waitedMs: 1000, lastCreateErrorCode: 'UNAVAILABLE' },
    })
    await clock.advanceAsync(1000)
    await failed
    expect(adapter.createOptions.length).toBeGreaterThan(5)
    code = 'PERMISSION_DENIED'
    const denied = expect(pool.acquire({ timeoutMs: 60_000 })).rejects.toMatchObject({ code: 'PERMISSION_DENIED' })
    await clock.advanceAsync(6000)
    await denied
    await closeNow(pool, clock)
    expect(pool.statistics()).toMatchObject({ timeouts: 1, waiting: 0 })
  })

  it('keeps the deadline, the signal and the tenant of who waits', async () => {
    const { clock, pool } = create({ maxWaiting: 3 }, { onCreate: hangs })
    const controller = new AbortController()
    const aborted = expect(pool.acquire({ signal: controller.signal })).rejects.toMatchObject({ code: 'CANCELLED' })
    const due = clock.monotonicNow() + 100
    const late = expect(pool.acquire({ deadline: due })).rejects.toMatchObject({ code: 'TIMEOUT' })
    const inContext = expect(
      runWithContext({ deadline: due, tenant: 'acme' }, () => pool.acquire()),
    ).rejects.toMatchObject({ code: 'TIMEOUT' })
    await expect(pool.acquire()).rejects.toMatchObject({ code: 'RESOURCE_EXHAUSTED', reason: 'POOL_EXHAUSTED' })
    controller.abort()
    await aborted
    await expect(pool.acquire({ timeoutMs: 0 })).rejects.toMatchObject({ code: 'TIMEOUT' })
    await expect(pool.acquire({ timeoutMs: Number.NaN })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
    await clock.advanceAsync(100)
    await late
    await inContext
    expect(pool.statistics()).toMatchObject({ timeouts: 3, cancellations: 1, exhaustions: 1, waiting: 0 })
    const closed = expect(pool.acquire()).rejects.toMatchObject({ code: 'CLOSED' })
    const closing = pool.close({ deadlineMs: 0 })
    await closed
    await clock.advanceAsync(10_000)
    await closing
    await expect(pool.acquire()).rejects.toMatchObject({ code: 'CLOSED' })
    expect(clock.pendingTimers).toBe(0)
  })

  it('is there after start, which says why it is not', async () => {
    const { clock, adapter, pool } = create({}, { createMs: 10 })
    const started = pool.start()
    await clock.advanceAsync(10)
    await started
    expect(adapter.created).toHaveLength(1)
    await closeNow(pool, clock)
    const other = create({ acquireTimeoutMs: 100 }, { onCreate: () => Promise.reject(refusal()) })
    const failed = expect(other.pool.start()).rejects.toMatchObject({ code: 'TIMEOUT', cause: { code: 'UNAVAILABLE' } })
    await other.clock.advanceAsync(100)
    await failed
    await closeNow(other.pool, other.clock)
  })

  it('drains, and is closed with what is still out taken away and told of', async () => {
    const { clock, adapter, pool } = create()
    const [one, other] = [await pool.acquire(), await pool.acquire()]
    const drained = pool.drain()
    await expect(pool.acquire()).rejects.toMatchObject({ code: 'CLOSED' })
    one.release()
    const forced: PoolEvents['pool.closed'][] = []
    pool.on('pool.closed', (event) => forced.push(event))
    const interrupted = expect(drained).rejects.toMatchObject({ code: 'CLOSED' })
    const closing = pool.close({ deadlineMs: 500 })
    await interrupted
    await clock.advanceAsync(499)
    expect(other.resource.isAlive).toBe(true)
    await clock.advanceAsync(1)
    await closing
    expect(forced).toMatchObject([{ forced: [{ id: 'fake#1', heldMs: 500 }] }])
    expect(() => other.resource).toThrow(expect.objectContaining({ code: 'CLOSED' }))
    expect(adapter.destroyed).toHaveLength(1)
    expect(pool.close()).toBe(pool.close())
    expect(() => pool.advanceEpoch()).toThrow(expect.objectContaining({ code: 'CLOSED' }))
  })

  it('is destroyed when it comes after its create was given up, also when that fails', async () => {
    const clock = createFakeClock()
    const late = (number: number) =>
      number === 1 ? new Promise<void>((resolve) => void clock.setTimer(resolve, 3000)) : undefined
    const { adapter, pool } = create(
      { clock, createTimeoutMs: 1000 },
      { onCreate: late, onDestroy: () => Promise.reject(new Error('gone already')) },
    )
    const failed: PoolEvents['destroy.failed'][] = []
    pool.on('destroy.failed', (event) => failed.push(event))
    const waiting = pool.acquire()
    await clock.advanceAsync(1010)
    await waiting
    await clock.advanceAsync(2000)
    expect(adapter.created).toHaveLength(2)
    expect(pool.statistics()).toMatchObject({ size: 1, destroys: { late: 1 }, destroyFailures: 1 })
    expect(failed).toMatchObject([{ id: 'fake#late', code: 'UNAVAILABLE' }])
    await closeNow(pool, clock)
    expect(pool.statistics()).toMatchObject({ size: 0, destroyFailures: 2 })
  })

  it('gives up a create that hangs when it is closed', async () => {
    const { clock, pool } = create({}, { onCreate: hangs })
    const turned = expect(pool.acquire()).rejects.toMatchObject({ code: 'CLOSED' })
    const closing = pool.close({ deadlineMs: 100 })
    await turned
    await clock.advanceAsync(100)
    await closing
    expect(clock.pendingTimers).toBe(0)
  })

  it('says how it is by asking, and makes another when the answer is no', async () => {
    let works = true
    const { clock, pool } = create({}, { onValidate: () => works })
    expect(await pool.health()).toMatchObject({ status: 'up', details: { leased: 0 } })
    works = false
    expect(await pool.health()).toMatchObject({ status: 'down' })
    works = true
    await clock.advanceAsync(0)
    expect(await pool.use(({ number }) => number)).toBe(2)
    await closeNow(pool, clock)
    await expect(pool.health()).rejects.toMatchObject({ code: 'CLOSED' })
  })

  it('can be told to be let go of, and has one size', async () => {
    const { clock, adapter, pool } = create()
    await pool.use(() => {})
    expect(pool.retain(() => true)).toBe(0)
    expect(pool.retain(({ id }) => id !== 'fake#1')).toBe(1)
    await clock.advanceAsync(0)
    expect(adapter.created).toHaveLength(2)
    expect(pool.statistics().destroys['not-retained']).toBe(1)
    pool.resize({ minSize: 1 })
    expect(() => pool.resize({ maxSize: 2 })).toThrow(expect.objectContaining({ code: 'UNSUPPORTED' }))
    await closeNow(pool, clock)
  })
})
