import { createFakeClock } from '@holdfast/testkit'
import { describe, expect, it } from 'vitest'
import { createFakeAdapter } from '../test/fake-adapter.ts'
import { createPool } from './create-pool.ts'

describe('acquire and release', () => {
  it('makes nothing before the first acquire, then one resource, and uses it again', async () => {
    const adapter = createFakeAdapter()
    const pool = createPool(adapter)
    expect(adapter.created).toHaveLength(0)
    const lease = await pool.acquire()
    const { resource } = lease
    expect(resource.number).toBe(1)
    lease.release()
    const again = await pool.acquire()
    expect(again.resource).toBe(resource)
    expect(adapter.created).toHaveLength(1)
    again.release()
    await pool.close()
    expect(adapter.destroyed).toEqual([resource])
  })

  it('never makes more than maxSize, and gives what comes back to the one who waited longest', async () => {
    const pool = createPool(createFakeAdapter(), { maxSize: 2 })
    const [first, second] = [await pool.acquire(), await pool.acquire()]
    const order: number[] = []
    const waiting = [1, 2, 3].map(async (number) => {
      const lease = await pool.acquire()
      order.push(number)
      return lease
    })
    expect(pool.statistics()).toMatchObject({ size: 2, leased: 2, waiting: 3, utilisation: 1 })
    first.release()
    second.release()
    const leases = [await waiting[0], await waiting[1]]
    leases[0]?.release()
    ;(await waiting[2])?.release()
    leases[1]?.release()
    expect(order).toEqual([1, 2, 3])
    expect(pool.statistics()).toMatchObject({
      creates: 2,
      acquisitions: 5,
      immediate: 0,
      peakLeased: 2,
      peakWaiting: 3,
    })
    await pool.close()
  })

  it('does not let a newcomer overtake the one who waits', async () => {
    const pool = createPool(createFakeAdapter(), { maxSize: 1 })
    const first = await pool.acquire()
    const order: string[] = []
    const waiter = pool.acquire().then((lease) => {
      order.push('waiter')
      return lease
    })
    first.release()
    const newcomer = pool.acquire().then((lease) => {
      order.push('newcomer')
      return lease
    })
    ;(await waiter).release()
    ;(await newcomer).release()
    expect(order).toEqual(['waiter', 'newcomer'])
    await pool.close()
  })

  it('never gives one resource to two holders after a stale second release', async () => {
    const pool = createPool(createFakeAdapter(), { maxSize: 1 })
    const a = await pool.acquire()
    a.release()
    const b = await pool.acquire()
    a.release()
    a.destroy()
    a[Symbol.dispose]()
    expect(pool.tryAcquire()).toBeUndefined()
    expect(b.resource.isAlive).toBe(true)
    expect(() => a.resource).toThrow(expect.objectContaining({ code: 'CLOSED' }))
    expect(() => a.instance).toThrow(expect.objectContaining({ code: 'CLOSED' }))
    expect(b.instance.state).toBe('leased')
    b.release()
    await pool.close()
  })

  it('destroys what its user found broken, and makes another for who waits', async () => {
    const adapter = createFakeAdapter()
    const pool = createPool(adapter, { maxSize: 1 })
    const lease = await pool.acquire()
    const waiting = pool.acquire()
    lease.destroy(new Error('connection lost'))
    lease.destroy()
    const next = await waiting
    expect(next.resource.number).toBe(2)
    expect(adapter.destroyed.map(({ number }) => number)).toEqual([1])
    expect(pool.statistics().destroys.broken).toBe(1)
    next.release()
    await pool.close()
  })

  it('leaves no timer behind', async () => {
    const clock = createFakeClock()
    const pool = createPool(createFakeAdapter(), { clock, maxSize: 1, leakDetectionMs: 50 })
    const lease = await pool.acquire()
    const waiting = pool.acquire()
    await clock.advanceAsync(2)
    lease.release()
    ;(await waiting).release()
    await pool.close()
    clock.advance(1)
    expect(clock.pendingTimers).toBe(0)
  })
})

describe('tryAcquire', () => {
  it('answers at once: a lease if there is one, otherwise nothing, and has one made for later', async () => {
    const pool = createPool(createFakeAdapter(), { maxSize: 1 })
    expect(pool.tryAcquire()).toBeUndefined()
    await new Promise(setImmediate)
    const lease = pool.tryAcquire()
    expect(lease?.resource.number).toBe(1)
    expect(pool.tryAcquire()).toBeUndefined()
    lease?.release()
    expect(pool.tryAcquire()).toBeDefined()
    await pool.close({ deadlineMs: 0 })
    expect(() => pool.tryAcquire()).toThrow(expect.objectContaining({ code: 'CLOSED' }))
  })

  it('never takes from those who wait', async () => {
    const pool = createPool(createFakeAdapter(), { maxSize: 1 })
    const lease = await pool.acquire()
    const waiting = pool.acquire()
    lease.release()
    expect(pool.tryAcquire()).toBeUndefined()
    ;(await waiting).release()
    await pool.close()
  })
})

describe('use', () => {
  it('releases however the work ends', async () => {
    const pool = createPool(createFakeAdapter(), { maxSize: 1 })
    await expect(pool.use(({ number }) => number)).resolves.toBe(1)
    const failure = new Error('duplicate key')
    await expect(pool.use(() => Promise.reject(failure))).rejects.toBe(failure)
    await expect(
      pool.use(() => {
        throw failure
      }),
    ).rejects.toBe(failure)
    expect(pool.statistics()).toMatchObject({ leased: 0, idle: 1, creates: 1 })
    await pool.close()
  })

  it('destroys what an error of the work has broken', async () => {
    const adapter = createFakeAdapter({ isBroken: (error) => error instanceof Error && error.message === 'lost' })
    const pool = createPool(adapter, { maxSize: 1 })
    await expect(pool.use(() => Promise.reject(new Error('lost')))).rejects.toThrow('lost')
    await expect(pool.use(() => Promise.reject(new Error('no such table')))).rejects.toThrow('no such table')
    await expect(pool.use(({ number }) => number)).resolves.toBe(2)
    expect(pool.statistics()).toMatchObject({ creates: 2, destroys: { broken: 1 } })
    await pool.close()
  })

  it('does not trust the resource when the adapter cannot say whether it is broken', async () => {
    const adapter = createFakeAdapter({
      isBroken: () => {
        throw new Error('cannot say')
      },
    })
    const pool = createPool(adapter)
    await expect(pool.use(() => Promise.reject(new Error('lost')))).rejects.toThrow('lost')
    expect(pool.statistics().destroys.broken).toBe(1)
    await pool.close()
  })

  it('works for those who wait as well', async () => {
    const pool = createPool(createFakeAdapter(), { maxSize: 1 })
    const numbers = await Promise.all([1, 2, 3].map((number) => pool.use(async () => number)))
    expect(numbers).toEqual([1, 2, 3])
    await pool.close()
  })
})

describe('using', () => {
  it('gives back at the end of the block and has the next borrower check', async () => {
    const adapter = createFakeAdapter({ onValidate: () => true })
    const pool = createPool(adapter, { maxSize: 1 })
    const work = async (): Promise<void> => {
      using lease = await pool.acquire()
      expect(lease.resource.isAlive).toBe(true)
    }
    await work()
    expect(adapter.validations).toBe(0)
    await work()
    expect(adapter.validations).toBe(1)
    {
      await using lease = await pool.acquire()
      expect(lease.resource.number).toBe(1)
    }
    expect(pool.statistics().leased).toBe(0)
    await pool.close()
  })
})
