import { HoldfastError } from '@holdfast/contracts'
import type { PoolEvents } from '@holdfast/contracts/resources'
import { createFakeClock } from '@holdfast/testkit'
import { describe, expect, it } from 'vitest'
import { closeNow } from '../test/close-now.ts'
import { createFakeAdapter, hangs } from '../test/fake-adapter.ts'
import { createPool } from './create-pool.ts'

const create = (options: Parameters<typeof createPool>[1] = {}, adapter = createFakeAdapter()) => {
  const clock = createFakeClock()
  const pool = createPool(adapter, { clock, random: () => 1, ...options })
  const drained: PoolEvents['epoch.drained'][] = []
  const revoked: PoolEvents['lease.revoked'][] = []
  pool.on('epoch.drained', (event) => drained.push(event))
  pool.on('lease.revoked', (event) => revoked.push(event))
  return { clock, pool, adapter, drained, revoked }
}

describe('a new epoch', () => {
  it('is drained at once when nothing of an earlier one is there', async () => {
    const { pool, drained } = create()
    expect(pool.advanceEpoch()).toBe(2)
    expect(drained).toMatchObject([{ epoch: 2, drainMs: 0, forced: [] }])
    await pool.close()
  })

  it('leaves leases out until they come back, and says when the last one has', async () => {
    const { clock, pool, adapter, drained } = create({ maxSize: 2 })
    const [one, other] = [await pool.acquire(), await pool.acquire()]
    pool.advanceEpoch({ maxDrainMs: 1000 })
    await clock.advanceAsync(400)
    one.release()
    await clock.advanceAsync(400)
    expect(other.resource.isAlive).toBe(true)
    expect(drained).toEqual([])
    other.release()
    await clock.advanceAsync(10_000)
    expect(drained).toMatchObject([{ epoch: 2, drainMs: 800, forced: [] }])
    expect(adapter.destroyed).toHaveLength(2)
    expect(pool.statistics()).toMatchObject({ revocations: 0, destroys: { epoch: 2 } })
    await closeNow(pool, clock)
  })

  it('takes leases away that stay out for longer than maxDrainMs, with who has them', async () => {
    const { clock, pool, adapter, drained, revoked } = create({ maxSize: 2, leakDetectionMs: 60_000 })
    const used = pool.use(hangs, { tenant: 'acme' })
    const refused = expect(used).rejects.toMatchObject({ code: 'CLOSED', details: { outcome: 'unknown' } })
    const held = await pool.acquire()
    pool.advanceEpoch({ maxDrainMs: 1000 })
    await clock.advanceAsync(999)
    expect(held.resource.isAlive).toBe(true)
    await clock.advanceAsync(1)
    await refused
    expect(() => held.resource).toThrow(expect.objectContaining({ code: 'CLOSED' }))
    expect(revoked).toMatchObject([{ epoch: 1, heldMs: 1000, tenant: 'acme' }, { epoch: 1 }])
    for (const { site } of revoked) expect(site).toContain('epoch-drains.test.ts')
    expect(drained).toMatchObject([{ epoch: 2, drainMs: 1000, forced: [{ tenant: 'acme' }, { heldMs: 1000 }] }])
    expect(adapter.destroyed).toHaveLength(2)
    expect(pool.statistics()).toMatchObject({ revocations: 2, leased: 0, destroys: { epoch: 2 } })
    // A late release of what was taken away concerns nobody.
    held.release()
    expect(pool.statistics()).toMatchObject({ leased: 0 })
    await closeNow(pool, clock)
  })

  it('gives what was taken away to those who wait, as something new', async () => {
    const { clock, pool, adapter } = create({ maxSize: 1, acquireTimeoutMs: 5000 })
    await pool.acquire()
    const waiting = pool.acquire()
    pool.advanceEpoch({ maxDrainMs: 1000 })
    await clock.advanceAsync(1000)
    expect((await waiting).instance.epoch).toBe(2)
    expect(adapter.created).toHaveLength(2)
    await closeNow(pool, clock)
  })

  it('keeps the bounds of the epochs before it', async () => {
    const { clock, pool, drained } = create({ maxSize: 2 })
    await pool.acquire()
    pool.advanceEpoch({ maxDrainMs: 1000 })
    const second = pool.acquire()
    await clock.advanceAsync(500)
    await second
    pool.advanceEpoch({ maxDrainMs: 1000 })
    await clock.advanceAsync(500)
    expect(drained).toMatchObject([{ epoch: 2, drainMs: 1000, forced: [{ heldMs: 1000 }] }])
    await clock.advanceAsync(500)
    expect(drained.slice(1)).toMatchObject([{ epoch: 3, drainMs: 1000, forced: [{ heldMs: 1500 }] }])
    await closeNow(pool, clock)
  })

  it('does not wait for what is being made the old way, nor lends it', async () => {
    const clock = createFakeClock()
    const adapter = createFakeAdapter({
      clock,
      onCreate: (number) => (number === 1 ? new Promise((resolve) => void clock.setTimer(resolve, 3000)) : undefined),
    })
    const { pool, drained } = create({ maxSize: 2, maxConcurrentCreates: 1, clock }, adapter)
    const waiting = pool.acquire()
    await clock.advanceAsync(10)
    pool.advanceEpoch()
    await clock.advanceAsync(0)
    expect((await waiting).instance.epoch).toBe(2)
    expect(drained).toEqual([])
    await clock.advanceAsync(3000)
    expect(adapter.created).toHaveLength(2)
    expect(adapter.destroyed.map(({ number }) => number)).toEqual([1])
    expect(drained).toMatchObject([{ epoch: 2, forced: [] }])
    await closeNow(pool, clock)
  })

  it('does not wait for the delay after what failed the old way', async () => {
    let isRefused = true
    const adapter = createFakeAdapter({
      onCreate() {
        if (isRefused)
          throw new HoldfastError({
            code: 'UNAVAILABLE',
            source: 'test',
            operation: 'create',
            message: 'No.',
            hint: 'Wait.',
          })
      },
    })
    const { clock, pool } = create({ acquireTimeoutMs: 60_000 }, adapter)
    const waiting = pool.acquire()
    await clock.advanceAsync(12_000)
    isRefused = false
    pool.advanceEpoch()
    await clock.advanceAsync(0)
    expect((await waiting).instance.epoch).toBe(2)
    await closeNow(pool, clock)
  })

  it('leaves no timer behind when the pool is closed', async () => {
    const { clock, pool } = create()
    const lease = await pool.acquire()
    pool.advanceEpoch({ maxDrainMs: 60_000 })
    lease.release()
    await closeNow(pool, clock)
    // The pool's clock keeps a reading for a millisecond.
    await clock.advanceAsync(1)
    expect(clock.pendingTimers).toBe(0)
  })

  it('refuses a time that is none', async () => {
    const { pool } = create()
    expect(() => pool.advanceEpoch({ maxDrainMs: -1 })).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }))
    expect(pool.epoch).toBe(1)
    await pool.close()
  })
})
