import { HoldfastError } from '@holdfast/contracts'
import type { SourceRetrieveOptions } from '@holdfast/contracts/credentials'
import { createFakeClock, scriptedAdapterFaults } from '@holdfast/testkit'
import { describe, expect, it, vi } from 'vitest'
import { closeNow } from '../test/close-now.ts'
import { createFakeAdapter, hangs } from '../test/fake-adapter.ts'
import { createPool } from './create-pool.ts'

const failure = (code: 'UNAVAILABLE' | 'PERMISSION_DENIED' | 'UNAUTHENTICATED', retryAfterMs?: number): HoldfastError =>
  new HoldfastError({
    code,
    source: 'test',
    operation: 'create',
    message: 'No.',
    hint: 'Wait.',
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  })

/** Notes how a promise ends. */
const outcomeOf = (promise: Promise<unknown>): { value?: unknown; error?: unknown } => {
  const outcome: { value?: unknown; error?: unknown } = {}
  promise.then(
    (value) => Object.assign(outcome, { value }),
    (error: unknown) => Object.assign(outcome, { error }),
  )
  return outcome
}

describe('a create that fails', () => {
  it('is never tried in a tight loop: 10 ms, doubled up to 5 s, one at a time', async () => {
    const clock = createFakeClock()
    const adapter = createFakeAdapter({
      onCreate() {
        throw new Error('refused')
      },
    })
    const pool = createPool(adapter, { clock, random: () => 1, acquireTimeoutMs: 60_000, maxConcurrentCreates: 1 })
    const delays: number[] = []
    pool.on('create.failed', ({ delayMs, attempt }) => {
      expect(attempt).toBe(delays.length + 1)
      delays.push(Math.round(delayMs))
    })
    const outcomes = Array.from({ length: 50 }, () => outcomeOf(pool.acquire()))
    await clock.advanceAsync(4000)
    expect(delays).toEqual([10, 20, 40, 80, 160, 320, 640, 1280, 2560])
    await clock.advanceAsync(55_999)
    expect(delays.slice(9)).toEqual(new Array(delays.length - 9).fill(5000))
    expect(adapter.createOptions).toHaveLength(delays.length)
    expect(outcomes.every(({ error }) => error === undefined)).toBe(true)
    await clock.advanceAsync(1)
    expect(outcomes[0]?.error).toMatchObject({ code: 'TIMEOUT', reason: 'ACQUIRE_TIMEOUT' })
    await pool.close()
  })

  it('counts once with those that fail at the same time, and is followed by one alone', async () => {
    const clock = createFakeClock()
    const adapter = createFakeAdapter({
      clock,
      createMs: 5,
      onCreate() {
        throw new Error('refused')
      },
    })
    const pool = createPool(adapter, { clock, random: () => 1, maxConcurrentCreates: 4 })
    const seen: unknown[] = []
    pool.on('create.failed', ({ attempt, delayMs }) => seen.push([attempt, delayMs]))
    const outcomes = Array.from({ length: 10 }, () => outcomeOf(pool.acquire()))
    expect(adapter.creating).toBe(4)
    await clock.advanceAsync(15)
    expect(adapter.creating).toBe(1)
    expect(seen).toEqual(new Array(4).fill([1, 10]))
    await clock.advanceAsync(5)
    expect(seen.slice(4)).toEqual([[2, 20]])
    expect(outcomes.every(({ error }) => error === undefined)).toBe(true)
    await closeNow(pool, clock)
  })

  it('begins again with the shortest delay after one succeeded', async () => {
    const clock = createFakeClock()
    const adapter = createFakeAdapter({
      onCreate(number) {
        if (number !== 3) throw new Error('refused')
      },
    })
    const pool = createPool(adapter, { clock, random: () => 0, maxSize: 1 })
    const delays: number[] = []
    pool.on('create.failed', ({ delayMs }) => delays.push(delayMs))
    const first = pool.acquire()
    await clock.advanceAsync(100)
    ;(await first).destroy()
    outcomeOf(pool.acquire())
    await clock.advanceAsync(1)
    expect(delays).toEqual([5, 10, 5])
    await pool.close()
  })

  it('tells its cause to who waited in vain, with who holds and who waits', async () => {
    const clock = createFakeClock()
    const adapter = createFakeAdapter({
      onCreate() {
        throw Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:5432'), { code: 'ECONNREFUSED' })
      },
    })
    const pool = createPool(adapter, { clock, acquireTimeoutMs: 500, name: 'orders-db' })
    const outcome = outcomeOf(pool.acquire())
    await clock.advanceAsync(500)
    expect(outcome.error).toMatchObject({
      code: 'TIMEOUT',
      reason: 'ACQUIRE_TIMEOUT',
      retryable: true,
      details: { waitedMs: 500, inUse: 0, waiting: 0, oldestLeaseMs: 0, lastCreateErrorCode: 'UNAVAILABLE' },
      cause: { code: 'UNAVAILABLE', cause: { code: 'ECONNREFUSED' } },
    })
    expect(String(outcome.error)).toContain('orders-db')
    expect(pool.statistics()).toMatchObject({ timeouts: 1, creates: 0, lastCreateErrorCode: 'UNAVAILABLE' })
    await pool.close()
  })

  it('waits as long as the other side asks to', async () => {
    const clock = createFakeClock()
    const adapter = createFakeAdapter({
      onCreate(number) {
        if (number === 1) throw failure('UNAVAILABLE', 3000)
      },
    })
    const pool = createPool(adapter, { clock })
    const outcome = outcomeOf(pool.acquire())
    await clock.advanceAsync(2999)
    expect(adapter.createOptions).toHaveLength(1)
    await clock.advanceAsync(1)
    expect(outcome.value).toBeDefined()
    await closeNow(pool, clock)
  })

  it('reaches all who wait at once when waiting cannot help', async () => {
    const clock = createFakeClock()
    const denied = failure('PERMISSION_DENIED')
    const adapter = createFakeAdapter({
      onCreate() {
        throw denied
      },
    })
    const pool = createPool(adapter, { clock })
    const outcomes = [outcomeOf(pool.acquire()), outcomeOf(pool.acquire())]
    await clock.advanceAsync(0)
    expect(outcomes).toEqual([{ error: denied }, { error: denied }])
    await pool.close()
  })

  it('leaves those waiting who may get what others bring back', async () => {
    const clock = createFakeClock()
    const adapter = createFakeAdapter({
      onCreate(number) {
        if (number > 1) throw failure('PERMISSION_DENIED')
      },
    })
    const pool = createPool(adapter, { clock })
    const lease = await pool.acquire()
    const outcome = outcomeOf(pool.acquire())
    await clock.advanceAsync(10)
    expect(outcome).toEqual({})
    lease.release()
    await clock.advanceAsync(0)
    expect(outcome.value).toBeDefined()
    await closeNow(pool, clock)
  })

  it('is a failed one as well when the adapter throws at once', async () => {
    const clock = createFakeClock()
    const adapter = createFakeAdapter({
      faults: scriptedAdapterFaults([{ operation: 'create', call: [1, 2], fault: { kind: 'throw' } }]),
    })
    const pool = createPool(adapter, { clock, maxSize: 1 })
    const outcome = outcomeOf(pool.acquire())
    await clock.advanceAsync(100)
    expect(outcome.value).toBeDefined()
    expect(pool.statistics()).toMatchObject({ createFailures: 2, creates: 1, creating: 0 })
    await closeNow(pool, clock)
  })

  it('does not lose a caller to a listener that throws', async () => {
    const logger = { debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error: vi.fn() }
    const adapter = createFakeAdapter()
    const pool = createPool(adapter, { logger, maxSize: 1 })
    const events = [
      'resource.created',
      'lease.acquired',
      'lease.released',
      'resource.destroyed',
      'pool.closed',
    ] as const
    for (const name of events) {
      pool.on(name, () => {
        throw new Error('listener')
      })
    }
    const lease = await pool.acquire()
    const waiting = pool.acquire()
    lease.release()
    ;(await waiting).release()
    await pool.close()
    expect(new Set(logger.error.mock.calls.map(([fields]) => fields.event))).toEqual(new Set(events))
  })
})

describe('a create that hangs', () => {
  it('frees its place at its timeout, and what comes all the same is destroyed', async () => {
    const clock = createFakeClock()
    const late = Promise.withResolvers<void>()
    const adapter = createFakeAdapter({ onCreate: (number) => (number === 1 ? late.promise : undefined) })
    const pool = createPool(adapter, { clock, maxSize: 1, createTimeoutMs: 1000 })
    const outcome = outcomeOf(pool.acquire())
    await clock.advanceAsync(999)
    expect(pool.statistics()).toMatchObject({ creating: 1, waiting: 1 })
    await clock.advanceAsync(11)
    expect(outcome.value).toBeDefined()
    expect(adapter.createOptions[0]?.signal.aborted).toBe(true)
    late.resolve()
    await clock.advanceAsync(0)
    expect(pool.statistics()).toMatchObject({ size: 1, leased: 1, destroys: { late: 1 } })
    expect(pool.statistics()).not.toHaveProperty('lastCreateErrorCode')
    expect(adapter.destroyed).toHaveLength(1)
    await closeNow(pool, clock)
  })

  it('is told to who waited with CREATE_TIMEOUT as the cause', async () => {
    const clock = createFakeClock()
    const pool = createPool(createFakeAdapter({ onCreate: hangs }), {
      clock,
      createTimeoutMs: 100,
      acquireTimeoutMs: 300,
    })
    const outcome = outcomeOf(pool.acquire())
    await clock.advanceAsync(300)
    expect(outcome.error).toMatchObject({ reason: 'ACQUIRE_TIMEOUT', cause: { reason: 'CREATE_TIMEOUT' } })
    await closeNow(pool, clock)
  })
})

describe('creates', () => {
  it('are limited in number at the same time', async () => {
    const clock = createFakeClock()
    const adapter = createFakeAdapter({ clock, createMs: 10 })
    const pool = createPool(adapter, { clock, maxConcurrentCreates: 3, maxSize: 100 })
    const outcomes = Array.from({ length: 10 }, () => outcomeOf(pool.acquire()))
    expect(adapter.creating).toBe(3)
    await clock.advanceAsync(10)
    expect(adapter.creating).toBe(3)
    await clock.advanceAsync(30)
    expect(outcomes.every(({ value }) => value !== undefined)).toBe(true)
    expect(adapter.created).toHaveLength(10)
    await closeNow(pool, clock)
  })

  it('that nobody waits for any more are kept', async () => {
    const clock = createFakeClock()
    const adapter = createFakeAdapter({ clock, createMs: 50 })
    const pool = createPool(adapter, { clock })
    const controller = new AbortController()
    const outcome = outcomeOf(pool.acquire({ signal: controller.signal }))
    await clock.advanceAsync(10)
    controller.abort()
    await clock.advanceAsync(0)
    expect(outcome.error).toMatchObject({ code: 'CANCELLED' })
    expect(adapter.createOptions[0]?.signal.aborted).toBe(false)
    await clock.advanceAsync(40)
    expect(pool.statistics()).toMatchObject({ idle: 1, creates: 1, cancellations: 1 })
    expect(pool.tryAcquire()?.resource.number).toBe(1)
    await closeNow(pool, clock)
  })

  it('are given the credentials, past every cache after they were refused', async () => {
    const clock = createFakeClock()
    const reads: (boolean | undefined)[] = []
    const password = {
      retrieve: async ({ fresh }: { fresh?: boolean | undefined } = {}) => {
        reads.push(fresh)
        // Only the version is looked at here.
        return { value: null as never, version: fresh ? 'new' : 'old' }
      },
    }
    const adapter = createFakeAdapter({
      onCreate(_number, { credentials }) {
        if (credentials.password?.version === 'old') throw failure('UNAUTHENTICATED')
      },
    })
    const pool = createPool(adapter, { clock, credentials: { password } })
    const outcome = outcomeOf(pool.acquire())
    // Without the delay that follows failures: these are others than those that were refused.
    await clock.advanceAsync(0)
    expect(outcome.value).toBeDefined()
    expect(reads).toEqual([false, true])
    expect(Object.keys(adapter.createOptions[1]?.credentials ?? {})).toEqual(['password'])
    expect(pool.statistics()).toMatchObject({ creates: 1, createFailures: 0 })
    await closeNow(pool, clock)
  })

  it('are tried again until the deadline while the source has nothing new, and once for each new version', async () => {
    const clock = createFakeClock()
    const asked: unknown[] = []
    let version = '1'
    const password = {
      retrieve: async (options: SourceRetrieveOptions = {}) => {
        asked.push(options.refusedVersion)
        // Only the version is looked at here.
        return { value: null as never, version }
      },
    }
    const adapter = createFakeAdapter({
      onCreate(_number, { credentials }) {
        if (credentials.password?.version !== '3') throw failure('UNAUTHENTICATED')
      },
    })
    const pool = createPool(adapter, { clock, credentials: { password }, acquireTimeoutMs: 20_000, random: () => 1 })
    const outcome = outcomeOf(pool.acquire())
    await clock.advanceAsync(0)
    expect(asked).toEqual([undefined, '1'])
    expect(adapter.createOptions).toHaveLength(1)
    version = '2'
    await clock.advanceAsync(10)
    // What was read past every cache and refused is not followed by another read at once.
    expect(asked.slice(2)).toEqual(['1'])
    expect(adapter.createOptions).toHaveLength(2)
    await clock.advanceAsync(19_000)
    expect(asked.at(-1)).toBe('2')
    expect(outcome).toEqual({})
    version = '3'
    // A refusal is never followed by a longer delay than a second.
    await clock.advanceAsync(990)
    expect(outcome.value).toBeDefined()
    await closeNow(pool, clock)
  })

  it('end the life of a resource with its credentials, and use it at least once', async () => {
    const clock = createFakeClock()
    let lifetimeMs = 1000
    const token = {
      retrieve: async () => ({
        value: null as never,
        version: '1',
        expiresAt: new Date(clock.wallNow() + lifetimeMs).toISOString(),
      }),
    }
    const pool = createPool(createFakeAdapter(), { clock, credentials: { token }, maxSize: 1 })
    ;(await pool.acquire()).release()
    await clock.advanceAsync(999)
    expect((await pool.acquire()).resource.number).toBe(1)
    pool.retain(() => false)
    await clock.advanceAsync(1)
    lifetimeMs = -5000
    await closeNow(pool, clock)
    const late = createPool(createFakeAdapter(), { clock, credentials: { token } })
    expect((await late.acquire()).resource.number).toBe(1)
    await closeNow(late, clock)
  })
})
