import type { Lease, PoolEvents } from '@holdfast/contracts/resources'
import { createFakeClock } from '@holdfast/testkit'
import { describe, expect, it, vi } from 'vitest'
import { closeNow } from '../test/close-now.ts'
import { createFakeAdapter, type FakeResource } from '../test/fake-adapter.ts'
import { createPool } from './create-pool.ts'

const every: Readonly<Record<keyof PoolEvents, true>> = {
  'resource.created': true,
  'create.failed': true,
  'resource.destroyed': true,
  'destroy.failed': true,
  'lease.acquired': true,
  'lease.released': true,
  'lease.leaked': true,
  'lease.revoked': true,
  'acquire.failed': true,
  'pool.resized': true,
  'epoch.advanced': true,
  'epoch.drained': true,
  'pool.drained': true,
  'pool.closed': true,
}
// The keys are those of the type above it.
const names = Object.keys(every) as (keyof PoolEvents)[]

describe('a listener that throws', () => {
  it('is logged, whatever the event, and changes nothing for anybody', async () => {
    const clock = createFakeClock()
    const logger = { debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error: vi.fn() }
    const adapter = createFakeAdapter({
      onCreate(number) {
        if (number === 1) throw new Error('refused')
      },
      onDestroy({ number }) {
        if (number === 2) throw new Error('cannot end')
      },
    })
    const pool = createPool(adapter, { clock, logger, maxSize: 1, leakDetectionMs: 100 })
    for (const name of names) {
      pool.on(name, () => {
        throw new Error('listener')
      })
    }
    const acquired = pool.acquire()
    await clock.advanceAsync(20)
    const lease = await acquired
    await expect(pool.acquire({ timeoutMs: 0 })).rejects.toMatchObject({ code: 'TIMEOUT' })
    await clock.advanceAsync(100)
    lease.release()
    pool.resize({ maxSize: 2 })
    pool.advanceEpoch()
    await clock.advanceAsync(0)
    const old = await pool.acquire()
    pool.advanceEpoch({ maxDrainMs: 10 })
    await clock.advanceAsync(10)
    expect(() => old.resource).toThrow(expect.objectContaining({ code: 'CLOSED' }))
    await pool.use(({ isAlive }) => expect(isAlive).toBe(true))
    await pool.drain()
    await pool.close()
    expect(logger.error.mock.calls.map(([fields]) => fields.event)).toEqual(expect.arrayContaining(names))
    expect(adapter.created.map(({ destroys }) => destroys)).toEqual([1, 1, 1])
    expect(pool.statistics()).toMatchObject({ size: 0, leased: 0, waiting: 0, leaks: 1, destroyFailures: 1 })
  })
})

describe('a listener that calls its pool', () => {
  const setup = (maxSize = 1) => {
    const clock = createFakeClock()
    const adapter = createFakeAdapter()
    return { clock, adapter, pool: createPool(adapter, { clock, maxSize }) }
  }

  it('acquires when a lease is released: after who waits already', async () => {
    const { pool } = setup()
    const order: string[] = []
    const noting =
      (name: string) =>
      (lease: Lease<FakeResource>): void => {
        order.push(name)
        lease.release()
      }
    const lease = await pool.acquire()
    const waiting = pool.acquire().then(noting('waiting'))
    let fromListener: Promise<void> | undefined
    pool.on('lease.released', () => {
      fromListener ??= pool.acquire().then(noting('listener'))
    })
    lease.release()
    await waiting
    await fromListener
    expect(order).toEqual(['waiting', 'listener'])
    await pool.close()
  })

  it('closes it when the first resource is made', async () => {
    const { pool, adapter } = setup()
    pool.on('resource.created', () => void pool.close())
    await expect(pool.acquire()).rejects.toMatchObject({ code: 'CLOSED' })
    await pool.close()
    expect(adapter.created.map(({ destroys }) => destroys)).toEqual([1])
  })

  it('closes it when a lease is released, or a resource destroyed', async () => {
    for (const name of ['lease.released', 'resource.destroyed'] as const) {
      const { pool, adapter } = setup(2)
      pool.on(name, () => void pool.close())
      const [first, second] = [await pool.acquire(), await pool.acquire()]
      first.destroy()
      await new Promise(setImmediate)
      expect(pool.statistics().state).toBe('closed')
      second.release()
      await pool.close()
      expect(adapter.created.map(({ destroys }) => destroys)).toEqual([1, 1])
    }
  })

  it('has every resource end when one is made or released', async () => {
    for (const name of ['resource.created', 'lease.released'] as const) {
      const clock = createFakeClock()
      const adapter = createFakeAdapter({ clock, createMs: 5 })
      const pool = createPool(adapter, { clock, maxSize: 1 })
      pool.on(name, () => void pool.retain(() => false))
      const acquired = pool.acquire({ timeoutMs: 50 })
      acquired.then(
        (lease) => lease.release(),
        () => {},
      )
      await clock.advanceAsync(100)
      await closeNow(pool, clock)
      expect(new Set(adapter.created.map(({ destroys }) => destroys))).toEqual(new Set([1]))
      expect(pool.statistics()).toMatchObject({ size: 0, leased: 0 })
    }
  })

  it('asks again for each of those that have waited too long', async () => {
    const { clock, pool } = setup()
    const lease = await pool.acquire()
    const again: Promise<unknown>[] = []
    pool.on('acquire.failed', () => {
      if (again.length < 3) again.push(pool.acquire({ timeoutMs: 100 }).then((next) => next.release()))
    })
    const late = [1, 2, 3].map(() =>
      expect(pool.acquire({ timeoutMs: 100 })).rejects.toMatchObject({ code: 'TIMEOUT' }),
    )
    await clock.advanceAsync(100)
    await Promise.all(late)
    expect(pool.statistics()).toMatchObject({ waiting: 3, timeouts: 3 })
    lease.release()
    await Promise.all(again)
    expect(pool.statistics()).toMatchObject({ waiting: 0, leased: 0, idle: 1 })
    await pool.close()
  })

  it('gives back the lease that it is told has leaked', async () => {
    const clock = createFakeClock()
    const pool = createPool(createFakeAdapter(), { clock, maxSize: 1, leakDetectionMs: 100 })
    const leaking = await pool.acquire()
    pool.on('lease.leaked', () => leaking.release())
    const waiting = pool.acquire()
    await clock.advanceAsync(100)
    ;(await waiting).release()
    expect(pool.statistics()).toMatchObject({ leaks: 1, leased: 0, creates: 1 })
    await pool.close()
  })
})
