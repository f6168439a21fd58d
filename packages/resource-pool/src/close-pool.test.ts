import { createFakeClock } from '@holdfast/testkit'
import { describe, expect, it } from 'vitest'
import { closeNow } from '../test/close-now.ts'
import { createFakeAdapter, type FakeAdapterOptions, hangs } from '../test/fake-adapter.ts'
import { createPool } from './create-pool.ts'
import type { CreatePoolOptions } from './create-pool-options.ts'

const setup = (adapterOptions: FakeAdapterOptions = {}, options: CreatePoolOptions = {}) => {
  const clock = createFakeClock()
  const adapter = createFakeAdapter({ clock, ...adapterOptions })
  return { clock, adapter, pool: createPool(adapter, { clock, name: 'db', ...options }) }
}

describe('close', () => {
  it('lets leases come back, turns waiting and new callers away, and destroys everything once', async () => {
    const { clock, adapter, pool } = setup({}, { maxSize: 2 })
    const leases = [await pool.acquire(), await pool.acquire()]
    const waiting = pool.acquire()
    leases[0]?.release()
    const served = await waiting
    const turnedAway = pool.acquire()
    const closed = pool.close()
    expect(pool.close()).toBe(closed)
    await expect(turnedAway).rejects.toMatchObject({ code: 'CLOSED', operation: 'acquire' })
    await expect(pool.acquire()).rejects.toMatchObject({ code: 'CLOSED' })
    await clock.advanceAsync(4999)
    expect(served.resource.isAlive).toBe(true)
    served.release()
    leases[1]?.release()
    await closed
    expect(adapter.destroyed.map(({ destroys }) => destroys)).toEqual([1, 1])
    expect(pool.statistics()).toMatchObject({ state: 'closed', size: 0, destroys: { closed: 2 } })
    await clock.advanceAsync(1)
    expect(clock.pendingTimers).toBe(0)
  })

  it('names the leases that are still out at the deadline with where they were acquired, and takes them away', async () => {
    const { clock, adapter, pool } = setup({}, { leakDetectionMs: 60_000 })
    const told: unknown[] = []
    pool.on('lease.leaked', (event) => told.push(event))
    pool.on('pool.closed', ({ forced }) => told.push(forced))
    const lease = await pool.acquire({ tenant: 'acme' })
    await clock.advanceAsync(100)
    const closed = pool.close({ deadlineMs: 1000 })
    await clock.advanceAsync(1000)
    await closed
    const report = { id: 'db#1', heldMs: 1100, tenant: 'acme', site: expect.stringContaining('close-pool.test.ts') }
    expect(told).toEqual([expect.objectContaining({ ...report, reclaimed: true }), [report]])
    expect(() => lease.resource).toThrow(expect.objectContaining({ code: 'CLOSED' }))
    lease.release()
    lease.destroy()
    expect(adapter.destroyed.map(({ destroys }) => destroys)).toEqual([1])
  })

  it('answers a use whose lease is taken away at once', async () => {
    const { clock, pool } = setup()
    const used = pool.use(hangs)
    await clock.advanceAsync(0)
    const closed = closeNow(pool, clock)
    await expect(used).rejects.toMatchObject({ code: 'CLOSED', details: { outcome: 'unknown' } })
    await closed
  })

  it('asks a create to stop, and destroys what it makes all the same', async () => {
    const { clock, adapter, pool } = setup({ createMs: 100 })
    const waiting = pool.acquire()
    const closed = pool.close()
    await expect(waiting).rejects.toMatchObject({ code: 'CLOSED' })
    expect(adapter.createOptions[0]?.signal.aborted).toBe(true)
    await clock.advanceAsync(100)
    await closed
    expect(adapter.destroyed).toHaveLength(1)
  })

  it('does not wait longer than the deadline for a create that hangs', async () => {
    const { clock, pool } = setup({ onCreate: hangs })
    pool.acquire().catch(() => {})
    const closed = pool.close({ deadlineMs: 300 })
    await clock.advanceAsync(300)
    await closed
    expect(pool.statistics()).toMatchObject({ creating: 0, size: 0 })
  })

  it('during a reset and a check destroys what they leave', async () => {
    const reset = Promise.withResolvers<void>()
    const { clock, adapter, pool } = setup({ onReset: () => reset.promise, onValidate: () => true, validateMs: 50 })
    const lease = await pool.acquire()
    lease.release()
    expect(pool.statistics()).toMatchObject({ resetting: 1, leased: 0 })
    const closed = pool.close()
    reset.resolve()
    await clock.advanceAsync(0)
    await closed
    expect(adapter.destroyed).toHaveLength(1)

    const other = setup({ onValidate: () => true, validateMs: 50 })
    ;(await other.pool.acquire()).release()
    await other.clock.advanceAsync(1000)
    const waiting = other.pool.acquire()
    expect(other.pool.statistics().validating).toBe(1)
    const otherClosed = other.pool.close()
    await expect(waiting).rejects.toMatchObject({ code: 'CLOSED' })
    await other.clock.advanceAsync(50)
    await otherClosed
    expect(other.adapter.destroyed).toHaveLength(1)
  })

  it('comes to an end whatever hangs: reset, validate, destroy', async () => {
    const { clock, pool } = setup(
      { onReset: hangs, onDestroy: hangs, onValidate: hangs },
      { resetTimeoutMs: 60_000, destroyTimeoutMs: 700 },
    )
    const failures: unknown[] = []
    pool.on('destroy.failed', ({ id, code }) => failures.push([id, code]))
    ;(await pool.acquire()).release()
    const closed = pool.close({ deadlineMs: 300 })
    await clock.advanceAsync(999)
    expect(pool.statistics()).toMatchObject({ resetting: 0, destroying: 1 })
    await clock.advanceAsync(1)
    await closed
    expect(failures).toEqual([['db#1', 'TIMEOUT']])
    expect(pool.statistics()).toMatchObject({ size: 0, destroyFailures: 1 })
  })

  it('is safe while the pool is starting', async () => {
    const { clock, adapter, pool } = setup({ createMs: 100 }, { minSize: 3 })
    const started = pool.start()
    await clock.advanceAsync(50)
    const closed = pool.close()
    await expect(started).rejects.toMatchObject({ code: 'CLOSED', operation: 'start' })
    await clock.advanceAsync(50)
    await closed
    expect(adapter.created.length).toBe(adapter.destroyed.length)
  })

  it('refuses a deadline that is none, and closes nothing', async () => {
    const { pool } = setup()
    await expect(pool.close({ deadlineMs: Number.NaN })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
    ;(await pool.acquire()).release()
    await pool[Symbol.asyncDispose]()
  })

  it('makes every other call CLOSED, and leaves statistics readable', async () => {
    const { pool } = setup()
    await pool.close()
    await expect(pool.start()).rejects.toMatchObject({ code: 'CLOSED' })
    await expect(pool.drain()).rejects.toMatchObject({ code: 'CLOSED' })
    await expect(pool.health()).rejects.toMatchObject({ code: 'CLOSED' })
    await expect(pool.use(() => 1)).rejects.toMatchObject({ code: 'CLOSED' })
    for (const call of [() => pool.resize({}), () => pool.retain(() => true), () => pool.advanceEpoch()]) {
      expect(call).toThrow(expect.objectContaining({ code: 'CLOSED' }))
    }
    expect(pool.instances()).toEqual([])
    expect(pool.statistics().state).toBe('closed')
  })
})

describe('drain', () => {
  it('refuses new callers, serves those that wait, and resolves when every lease is back', async () => {
    const { clock, pool } = setup({}, { maxSize: 1 })
    const told: string[] = []
    pool.on('pool.drained', () => told.push('drained'))
    const lease = await pool.acquire()
    const waiting = pool.acquire()
    const drained = pool.drain()
    await expect(pool.acquire()).rejects.toMatchObject({ code: 'CLOSED' })
    expect(() => pool.tryAcquire()).toThrow(expect.objectContaining({ code: 'CLOSED' }))
    lease.release()
    const last = await waiting
    expect(told).toEqual([])
    last.release()
    await drained
    expect(told).toEqual(['drained'])
    expect(pool.statistics()).toMatchObject({ state: 'draining', idle: 1 })
    await pool.drain()
    await pool.close()
    await clock.advanceAsync(1)
    expect(clock.pendingTimers).toBe(0)
  })

  it('stops waiting at the caller’s deadline or signal, and stays drained', async () => {
    const { clock, pool } = setup()
    const lease = await pool.acquire()
    const tooLate = pool.drain({ deadline: clock.monotonicNow() + 100 })
    const expectation = expect(tooLate).rejects.toMatchObject({ code: 'TIMEOUT', operation: 'drain' })
    await clock.advanceAsync(100)
    await expectation
    await expect(pool.drain({ signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'CANCELLED' })
    await expect(pool.acquire()).rejects.toMatchObject({ code: 'CLOSED' })
    lease.release()
    await pool.drain()
    await pool.close()
  })

  it('ends with CLOSED when the pool is closed meanwhile', async () => {
    const { clock, pool } = setup()
    await pool.acquire()
    const drained = pool.drain()
    const expectation = expect(drained).rejects.toMatchObject({ code: 'CLOSED' })
    await closeNow(pool, clock)
    await expectation
  })
})

describe('start', () => {
  it('resolves when minSize resources are there', async () => {
    const { clock, adapter, pool } = setup({ createMs: 10 }, { minSize: 3, maxConcurrentCreates: 1 })
    const started = pool.start()
    await clock.advanceAsync(29)
    expect(adapter.created).toHaveLength(2)
    await clock.advanceAsync(1)
    await started
    expect(pool.statistics()).toMatchObject({ idle: 3, size: 3 })
    await pool.start()
    await pool.close()
  })

  it('rejects at its deadline with what failed last, goes on trying, and can be used when it works', async () => {
    let isUp = false
    const onCreate = (): void => {
      if (!isUp) throw new Error('refused')
    }
    const { clock, pool } = setup({ onCreate }, { minSize: 1, acquireTimeoutMs: 500 })
    const expectation = expect(pool.start()).rejects.toMatchObject({
      code: 'TIMEOUT',
      operation: 'start',
      cause: { code: 'UNAVAILABLE' },
    })
    await clock.advanceAsync(500)
    await expectation
    isUp = true
    await clock.advanceAsync(5000)
    expect(pool.statistics().idle).toBe(1)
    await pool.close()
  })
})
