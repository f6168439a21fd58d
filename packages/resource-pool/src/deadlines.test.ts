import { getEventListeners } from 'node:events'
import type { Clock } from '@holdfast/contracts'
import { runWithContext } from '@holdfast/contracts/context'
import { createFakeClock } from '@holdfast/testkit'
import { describe, expect, it } from 'vitest'
import { closeNow } from '../test/close-now.ts'
import { createFakeAdapter } from '../test/fake-adapter.ts'
import { createPool } from './create-pool.ts'

const setup = (options: Parameters<typeof createPool>[1] = {}) => {
  const clock = createFakeClock()
  const adapter = createFakeAdapter({ clock })
  return { clock, adapter, pool: createPool(adapter, { clock, maxSize: 1, ...options }) }
}

/** When a promise is rejected, and with what. */
const failureOf = (promise: Promise<unknown>, clock: Clock): { atMs?: number; error?: unknown } => {
  const seen: { atMs?: number; error?: unknown } = {}
  promise.catch((error: unknown) => Object.assign(seen, { atMs: clock.monotonicNow(), error }))
  return seen
}

describe('the deadline of an acquire', () => {
  it('is the pool’s, the call’s or the context’s, whichever is earliest', async () => {
    const { clock, pool } = setup({ acquireTimeoutMs: 400 })
    await pool.acquire()
    const now = clock.monotonicNow()
    const seen = [
      failureOf(pool.acquire(), clock),
      failureOf(pool.acquire({ timeoutMs: 300 }), clock),
      failureOf(pool.acquire({ deadline: now + 200, timeoutMs: 300 }), clock),
      failureOf(
        runWithContext({ deadline: now + 100 }, () => pool.acquire({ deadline: now + 200 })),
        clock,
      ),
      failureOf(pool.acquire({ timeoutMs: 900 }), clock),
    ]
    await clock.advanceAsync(1000)
    expect(seen.map(({ atMs }) => atMs)).toEqual([400, 300, 200, 100, 900])
    expect(seen.map(({ error }) => (error as { reason: string }).reason)).toEqual(new Array(5).fill('ACQUIRE_TIMEOUT'))
    await closeNow(pool, clock)
  })

  it('has passed before the call: TIMEOUT at once, and a resource is made for the next', async () => {
    const { clock, pool } = setup()
    const failures = [pool.acquire({ deadline: clock.monotonicNow() }), pool.acquire({ timeoutMs: 0 })]
    for (const each of failures) await expect(each).rejects.toMatchObject({ reason: 'ACQUIRE_TIMEOUT' })
    await clock.advanceAsync(0)
    const lease = await pool.acquire({ timeoutMs: 0 })
    lease.release()
    await pool.close()
  })

  it('is kept when a resource that was meant for the caller turns out not to work, over and over', async () => {
    const clock = createFakeClock()
    const adapter = createFakeAdapter({
      clock,
      validateMs: 100,
      destroyMs: 50,
      createMs: 100,
      onValidate: () => false,
      onCreate: (number) => (number > 3 ? new Promise(() => {}) : undefined),
    })
    const pool = createPool(adapter, { clock, maxSize: 3, acquireTimeoutMs: 500, maxConcurrentCreates: 3 })
    const leases = [pool.acquire(), pool.acquire(), pool.acquire()]
    await clock.advanceAsync(100)
    for (const lease of await Promise.all(leases)) lease.release()
    await clock.advanceAsync(1000)
    const startedAt = clock.monotonicNow()
    const seen = failureOf(pool.acquire(), clock)
    await clock.advanceAsync(2309)
    expect(seen.atMs).toBe(startedAt + 500)
    await closeNow(pool, clock)
  })

  it('is never early, also when the event loop was blocked before the call', async () => {
    const fake = createFakeClock()
    let blockedMs = 0
    const clock: Clock = {
      wallNow: () => fake.wallNow() + blockedMs,
      monotonicNow: () => fake.monotonicNow() + blockedMs,
      setTimer: (callback, delayMs) => {
        const dueAt = fake.monotonicNow() + blockedMs + delayMs
        return fake.setTimer(callback, Math.max(0, dueAt - blockedMs - fake.monotonicNow()))
      },
    }
    const pool = createPool(createFakeAdapter(), { clock, maxSize: 1, acquireTimeoutMs: 100 })
    const lease = await pool.acquire()
    await fake.advanceAsync(5)
    lease.release()
    await pool.acquire()
    // The rest of this turn of the event loop takes 80 ms, and then somebody comes.
    blockedMs = 80
    const seen = failureOf(pool.acquire(), clock)
    const cameAt = clock.monotonicNow()
    await fake.advanceAsync(99)
    expect(seen.atMs).toBeUndefined()
    await fake.advanceAsync(100)
    expect(seen.atMs).toBeGreaterThanOrEqual(cameAt + 100)
    await closeNow(pool, fake)
  })

  it('needs no timer for who is served within a tick, and one for all others', async () => {
    const { clock, pool } = setup()
    const lease = await pool.acquire()
    const waiting = Array.from({ length: 100 }, () => pool.acquire())
    const timersBefore = clock.pendingTimers
    await clock.advanceAsync(1)
    expect(clock.pendingTimers).toBeLessThanOrEqual(timersBefore + 1)
    lease.release()
    for (const each of waiting) (await each).release()
    await pool.close()
    await clock.advanceAsync(1)
    expect(clock.pendingTimers).toBe(0)
  })

  it('of thousands who wait is looked for every few milliseconds, not at each of them', async () => {
    const fake = createFakeClock()
    let armed = 0
    const clock: Clock = {
      wallNow: () => fake.wallNow(),
      monotonicNow: () => fake.monotonicNow(),
      setTimer(callback, delayMs, options) {
        // The pool's clock arms its own for one millisecond.
        if (delayMs !== 1) armed += 1
        return fake.setTimer(callback, delayMs, options)
      },
    }
    const pool = createPool(createFakeAdapter(), { clock, maxSize: 1 })
    await pool.acquire()
    const seen = Array.from({ length: 4000 }, (_, index) =>
      failureOf(pool.acquire({ timeoutMs: 50 + index / 100 }), fake),
    )
    await fake.advanceAsync(40)
    armed = 0
    // Somebody asks all the time, so the pool's clock ticks.
    for (let ms = 0; ms < 60; ms++) {
      pool.tryAcquire()
      await fake.advanceAsync(1)
    }
    for (const [index, { atMs = 0 }] of seen.entries()) {
      expect(atMs).toBeGreaterThanOrEqual(50 + index / 100)
      expect(atMs).toBeLessThanOrEqual(50 + index / 100 + 5)
    }
    expect(armed).toBeLessThan(40)
    await closeNow(pool, fake)
  })

  it('refuses a time that is none', async () => {
    const { pool } = setup()
    await expect(pool.acquire({ timeoutMs: Number.NaN })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
    await expect(pool.acquire({ timeoutMs: -1 })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
    await expect(pool.acquire({ deadline: Number.NaN })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
    await pool.close()
  })
})

describe('the signal of an acquire', () => {
  it('rejects at once, before the call, while queued and while a resource is made', async () => {
    const clock = createFakeClock()
    const adapter = createFakeAdapter({ clock, createMs: 10 })
    const pool = createPool(adapter, { clock, maxSize: 1 })
    await expect(pool.acquire({ signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'CANCELLED' })
    const [creating, queued] = [new AbortController(), new AbortController()]
    const first = failureOf(pool.acquire({ signal: creating.signal }), clock)
    const second = failureOf(pool.acquire({ signal: queued.signal }), clock)
    const third = pool.acquire()
    await clock.advanceAsync(5)
    creating.abort()
    queued.abort(Object.assign(new Error('too slow'), { name: 'TimeoutError' }))
    await clock.advanceAsync(0)
    expect([first.error, second.error]).toMatchObject([{ code: 'CANCELLED' }, { code: 'TIMEOUT' }])
    await clock.advanceAsync(5)
    const lease = await third
    expect(lease.resource.number).toBe(1)
    expect(adapter.created).toHaveLength(1)
    lease.release()
    await pool.close()
  })

  it('at the very tick of delivery neither loses the resource nor a wake-up', async () => {
    const { clock, pool } = setup()
    const lease = await pool.acquire()
    const controller = new AbortController()
    const delivered = pool.acquire({ signal: controller.signal })
    const next = pool.acquire()
    // Delivered and aborted before anybody could look: the lease is the caller's, and has to be given back.
    lease.release()
    controller.abort()
    const late = await delivered
    expect(late.resource.number).toBe(1)
    late.release()
    ;(await next).release()
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0)

    // Aborted and released in the same tick: the next one in the queue is served.
    const holder = await pool.acquire()
    const other = new AbortController()
    const aborted = pool.acquire({ signal: other.signal })
    const served = pool.acquire()
    other.abort()
    holder.release()
    await expect(aborted).rejects.toMatchObject({ code: 'CANCELLED' })
    ;(await served).release()
    expect(pool.statistics()).toMatchObject({ leased: 0, idle: 1, waiting: 0 })
    await clock.advanceAsync(1)
    await pool.close()
  })

  it('of ten thousand callers is listened to once, and they all leave in one turn', async () => {
    const { clock, pool } = setup({ maxWaiting: 20_000 })
    const lease = await pool.acquire()
    const controller = new AbortController()
    const codes: unknown[] = []
    const { signal } = controller
    for (let count = 0; count < 10_000; count++) {
      pool.acquire({ signal }).catch((error: { code: string }) => codes.push(error.code))
    }
    const last = pool.acquire()
    expect(getEventListeners(signal, 'abort')).toHaveLength(1)
    controller.abort()
    expect(pool.statistics()).toMatchObject({ waiting: 1, cancellations: 10_000 })
    await clock.advanceAsync(0)
    expect(codes).toEqual(new Array(10_000).fill('CANCELLED'))
    expect(getEventListeners(signal, 'abort')).toHaveLength(0)
    lease.release()
    ;(await last).release()
    await pool.close()
  })
})

describe('ten thousand callers', () => {
  it('with a signal each leave from anywhere in the queue, and the others are served in order', async () => {
    const { pool } = setup({ maxWaiting: 20_000 })
    const lease = await pool.acquire()
    const served: number[] = []
    let cancelled = 0
    const controllers = Array.from({ length: 10_000 }, (_, number) => {
      const controller = new AbortController()
      pool.acquire({ signal: controller.signal }).then(
        (next) => {
          served.push(number)
          next.release()
        },
        () => {
          cancelled += 1
        },
      )
      return controller
    })
    for (const [number, controller] of controllers.entries()) if (number % 10 !== 0) controller.abort()
    expect(pool.statistics()).toMatchObject({ waiting: 1000, cancellations: 9000 })
    lease.release()
    await pool.drain()
    expect(cancelled).toBe(9000)
    expect(served).toEqual(Array.from({ length: 1000 }, (_, index) => index * 10))
    expect(controllers.flatMap(({ signal }) => getEventListeners(signal, 'abort'))).toEqual([])
    await pool.close()
  })

  it('whose time is over at once are all told, and the next is served', async () => {
    const { clock, pool } = setup({ acquireTimeoutMs: 100, maxWaiting: 20_000 })
    const lease = await pool.acquire()
    const seen = Array.from({ length: 10_000 }, () => failureOf(pool.acquire(), clock))
    const last = pool.acquire({ timeoutMs: 200 })
    await clock.advanceAsync(100)
    expect(new Set(seen.map(({ atMs }) => atMs))).toEqual(new Set([100]))
    expect(pool.statistics()).toMatchObject({ waiting: 1, timeouts: 10_000 })
    lease.release()
    ;(await last).release()
    await pool.close()
  })
})

describe('the queue', () => {
  it('turns callers away when it is full', async () => {
    const { pool } = setup({ maxWaiting: 2 })
    const lease = await pool.acquire()
    const waiting = [pool.acquire(), pool.acquire()]
    await expect(pool.acquire()).rejects.toMatchObject({
      code: 'RESOURCE_EXHAUSTED',
      reason: 'POOL_EXHAUSTED',
      retryable: true,
      details: { waiting: 2, inUse: 1 },
    })
    lease.release()
    for (const each of waiting) (await each).release()
    expect(pool.statistics().exhaustions).toBe(1)
    await pool.close()
  })

  it('serves tenants in turns, each in its own order, also by the tenant of the context', async () => {
    const { pool } = setup()
    const lease = await pool.acquire()
    const order: string[] = []
    const ask = (tenant: string, number: number, options?: { tenant: string }): Promise<void> =>
      pool.acquire(options).then((next) => {
        order.push(`${tenant}${number}`)
        next.release()
      })
    const all = [
      ...[1, 2, 3, 4].map((number) => ask('a', number, { tenant: 'a' })),
      ...[1, 2].map((number) => runWithContext({ tenant: 'b' }, () => ask('b', number))),
      ask('c', 1, { tenant: 'c' }),
    ]
    lease.release()
    await Promise.all(all)
    expect(order.filter((each) => each.startsWith('a'))).toEqual(['a1', 'a2', 'a3', 'a4'])
    expect(order.slice(0, 3).toSorted()).toEqual(['a1', 'b1', 'c1'])
    expect(order.slice(3)).toEqual(['a2', 'b2', 'a3', 'a4'])
    await pool.close()
  })
})
