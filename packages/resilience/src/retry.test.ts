import { type ErrorCode, HoldfastError, type HoldfastErrorOptions, type Operations } from '@holdfast/contracts'
import { type AnyCredentialStorage, credentialStorageOperations } from '@holdfast/contracts/credentials'
import { createMemoryStorage } from '@holdfast/storage-memory'
import { createFakeClock, flaky, sampleRecord } from '@holdfast/testkit'
import fc from 'fast-check'
import { expect, it, vi } from 'vitest'
import type { ExecuteOptions } from './policy.ts'
import { type RetryOptions, retry } from './retry.ts'

// Time is fake here: what hangs must not wait for the minute that tests of servers have.
vi.setConfig({ testTimeout: 5000 })

const failure = (code: ErrorCode = 'UNAVAILABLE', more: Partial<HoldfastErrorOptions> = {}): HoldfastError =>
  new HoldfastError({ code, source: 'test', operation: 'ask', message: 'No.', hint: 'None.', ...more })

const fixture = (options: RetryOptions = {}) => {
  const clock = createFakeClock()
  const policy = retry({ clock, ...options, policy: { jitter: 'none', ...options.policy } })
  return { clock, policy }
}

it('is plain data that makes the same policy again', () => {
  const { policy } = retry({ policy: { retries: 3, jitter: 'full', budget: { capacity: 20 } } })
  expect(retry({ policy: JSON.parse(JSON.stringify(policy)) }).policy).toEqual(policy)
  expect(retry().policy).toEqual({
    retries: 5,
    baseDelayMs: 100,
    multiplier: 2,
    maxDelayMs: 30_000,
    jitter: 'proportional',
    budget: { capacity: 90, tokensPerSuccess: 0.1, tokensPerSecond: 1 },
  })
})

it('refuses a policy with every problem at once', () => {
  const wrong = { retries: 11, baseDelayMs: 5, maxDelayMs: 5, multiplier: 11, budget: { capacity: 0 } }
  const unknown = { ...wrong, attempts: 3 }
  expect(() => retry({ policy: unknown })).toThrow(
    expect.objectContaining({
      code: 'INVALID_ARGUMENT',
      details: {
        problems: ['retries', 'baseDelayMs', 'multiplier', 'budget.capacity', 'attempts'].map((path) =>
          expect.objectContaining({ path }),
        ),
      },
    }),
  )
})

it('tries again after 100, 200 and 400 ms, tells of it, and says what came before', async () => {
  const lines: unknown[] = []
  const logger = { debug() {}, info() {}, error() {}, warn: (fields: object) => void lines.push(fields) }
  const { clock, policy } = fixture({ logger, policy: { retries: 3 } })
  const starts: number[] = []
  const events: unknown[] = []
  policy.on('attempt.failed', (event) => events.push(event))
  const call = policy.execute(
    async ({ attempt }) => {
      starts.push(clock.monotonicNow())
      throw failure(attempt === 2 ? 'RATE_LIMITED' : 'UNAVAILABLE')
    },
    { operation: 'ask' },
  )
  call.catch(() => {})
  await clock.advanceAsync(10_000)
  const error = await call.catch((error: unknown) => error)
  expect(starts).toEqual([0, 100, 300, 700])
  expect(error).toMatchObject({ code: 'UNAVAILABLE', source: 'test', details: { attempts: 4 } })
  expect(error).toHaveProperty('details.earlier.1.code', 'RATE_LIMITED')
  expect(lines).toMatchObject([
    { attempt: 1, delayMs: 100 },
    { attempt: 2, delayMs: 200 },
    { attempt: 3, delayMs: 400 },
  ])
  expect(events).toMatchObject([{ attempt: 1 }, { attempt: 2, code: 'RATE_LIMITED' }, { attempt: 3 }, { attempt: 4 }])
  expect(clock.pendingTimers).toBe(0)
})

it.each<readonly [string, unknown]>([
  ['an error that says no', failure('NOT_FOUND')],
  ['an open circuit', failure('UNAVAILABLE', { reason: 'CIRCUIT_OPEN' })],
  ['an error it does not know', new TypeError('boom')],
])('does not try again after %s, and hands it on as it is', async (_, error) => {
  const { policy } = fixture()
  let calls = 0
  await expect(
    policy.execute(async () => {
      calls += 1
      return Promise.reject(error)
    }),
  ).rejects.toBe(error)
  expect(calls).toBe(1)
})

it('waits as long as the other side asks, and gives up where the deadline would pass', async () => {
  const { clock, policy } = fixture()
  let calls = 0
  const work = async () => {
    calls += 1
    return Promise.reject(failure('RATE_LIMITED', { retryAfterMs: 5000 }))
  }
  const call = policy.execute(work, { deadline: 6000 })
  call.catch(() => {})
  await clock.advanceAsync(4999)
  expect(calls).toBe(1)
  await clock.advanceAsync(1)
  await expect(call).rejects.toMatchObject({ code: 'RATE_LIMITED' })
  expect(calls).toBe(2)
})

it('rejects at once when aborted while it waits, and leaves no timer', async () => {
  const { clock, policy } = fixture()
  const controller = new AbortController()
  const call = policy.execute(() => Promise.reject(failure()), { signal: controller.signal })
  await clock.advanceAsync(50)
  expect(clock.pendingTimers).toBe(1)
  controller.abort()
  await expect(call).rejects.toMatchObject({ code: 'CANCELLED' })
  expect(clock.pendingTimers).toBe(0)
})

it('gives a result that comes after the abort to onAbandoned', async () => {
  const { policy } = fixture()
  const controller = new AbortController()
  const work = Promise.withResolvers<string>()
  const abandoned: string[] = []
  const call = policy.execute(() => work.promise, {
    signal: controller.signal,
    onAbandoned: (result) => abandoned.push(result),
  })
  controller.abort()
  await expect(call).rejects.toMatchObject({ code: 'CANCELLED', details: { outcome: 'unknown' } })
  work.resolve('late')
  await new Promise(setImmediate)
  expect(abandoned).toEqual(['late'])
})

it('is not broken by a listener or a logger that throws', async () => {
  const boom = (): never => {
    throw new Error('boom')
  }
  const { clock, policy } = fixture({ logger: { debug() {}, info() {}, error() {}, warn: boom } })
  policy.on('attempt.failed', boom)
  policy.on('attempt.succeeded', boom)
  const call = policy.execute(({ attempt }) => (attempt === 1 ? Promise.reject(failure()) : Promise.resolve(attempt)))
  await clock.advanceAsync(1000)
  expect(await call).toBe(2)
})

it('keeps a dead dependency at 1.1 attempts per call or less, and lets a lone call use all its retries', async () => {
  const { clock, policy } = fixture({ policy: { retries: 3 } })
  let attempts = 0
  const settled: Promise<unknown>[] = []
  for (let call = 0; call < 1000; call++) {
    settled.push(
      policy
        .execute(async () => {
          attempts += 1
          return Promise.reject(failure())
        })
        .catch(() => {}),
    )
    await clock.advanceAsync(2)
  }
  await clock.advanceAsync(10_000)
  await Promise.all(settled)
  expect(attempts / 1000).toBeLessThanOrEqual(1.1)
  attempts = 0
  const lone = policy
    .execute(async () => {
      attempts += 1
      return Promise.reject(failure())
    })
    .catch(() => {})
  await clock.advanceAsync(10_000)
  await lone
  expect(attempts).toBe(4)
})

it('spends its budget as the model does, whatever the clock and the calls do', async () => {
  const step = fc.record({ waitMs: fc.integer({ min: 0, max: 3000 }), fails: fc.boolean() })
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const budget = { capacity: 3, tokensPerSuccess: 0.25, tokensPerSecond: 0.5 }
      const { clock, policy } = fixture({ policy: { retries: 1, baseDelayMs: 0, budget } })
      let tokens = 3
      for (const { waitMs, fails } of steps) {
        await clock.advanceAsync(waitMs)
        tokens = Math.min(3, tokens + (waitMs / 1000) * 0.5)
        let attempts = 0
        const call = policy.execute(async () => {
          attempts += 1
          return fails ? Promise.reject(failure()) : Promise.resolve()
        })
        await Promise.all([call.catch(() => {}), clock.advanceAsync(0)])
        const mayRetry = tokens >= 1 - 1e-9
        expect(attempts).toBe(fails && mayRetry ? 2 : 1)
        tokens = fails ? (mayRetry ? Math.max(0, tokens - 1) : tokens) : Math.min(3, tokens + 0.25)
      }
    }),
    { numRuns: 100 },
  )
})

it.each(['proportional', 'full'] as const)('spreads delays with %s jitter', async (jitter) => {
  await fc.assert(
    fc.asyncProperty(fc.double({ min: 0, max: 0.999, noNaN: true }), async (number) => {
      const { clock, policy } = fixture({ random: () => number, policy: { jitter, retries: 1 } })
      const delays: unknown[] = []
      policy.on('attempt.failed', ({ delayMs }) => delays.push(delayMs))
      const call = policy.execute(() => Promise.reject(failure())).catch(() => {})
      await clock.advanceAsync(1000)
      await call
      expect(delays[0]).toBeCloseTo(jitter === 'full' ? 100 * number : 75 + 50 * number)
    }),
    { numRuns: 20 },
  )
})

it('repeats a write only under a condition, and takes its own earlier attempt for a success', async () => {
  const { clock, policy } = fixture()
  const inner = createMemoryStorage()
  let calls = 0
  const losing = flaky<AnyCredentialStorage, AnyCredentialStorage>(inner, credentialStorageOperations, () => {
    calls += 1
    return calls === 1 ? { error: failure('TIMEOUT', { details: { outcome: 'unknown' } }), when: 'after' } : undefined
  })
  const storage = policy.layer(credentialStorageOperations)(losing)
  const first = sampleRecord('db/main')
  const call = storage.store('db/main', first, { ifVersion: null })
  await clock.advanceAsync(1000)
  expect((await call).version).toBe((await inner.retrieve('db/main')).version)
  calls = 0
  await expect(storage.store('db/main', sampleRecord('db/main'))).rejects.toMatchObject({ code: 'TIMEOUT' })
  expect(calls).toBe(1)
})

it('leaves a conflict with somebody else what it is', async () => {
  const { clock, policy } = fixture()
  const inner = createMemoryStorage()
  await inner.store('db/main', sampleRecord('db/main'))
  const storage = policy.layer(credentialStorageOperations)(
    flaky<AnyCredentialStorage, AnyCredentialStorage>(inner, credentialStorageOperations, ({ call }) =>
      call === 1 ? { error: failure() } : undefined,
    ),
  )
  const call = storage.store('db/main', sampleRecord('db/main'), { ifVersion: null })
  call.catch(() => {})
  await clock.advanceAsync(1000)
  await expect(call).rejects.toMatchObject({ code: 'CONFLICT', details: { attempts: 2 } })
})

it('says why it gave up on an error that might have gone away', async () => {
  const { clock, policy } = fixture({ policy: { retries: 2, budget: { capacity: 3, tokensPerSecond: 0 } } })
  const stops: unknown[] = []
  policy.on('attempt.failed', ({ stoppedBy }) => stops.push(stoppedBy))
  const stopped = async (error: HoldfastError, options: ExecuteOptions<never> = {}): Promise<unknown> => {
    const call = policy.execute(() => Promise.reject(error), options).catch((thrown: unknown) => thrown)
    await clock.advanceAsync(1000)
    return call
  }
  const final = failure('NOT_FOUND')
  expect(await stopped(final)).toBe(final)
  expect(await stopped(failure(), { deadline: 1100 })).toMatchObject({
    code: 'UNAVAILABLE',
    details: { attempts: 1, stoppedBy: 'deadline' },
  })
  expect(await stopped(failure())).toMatchObject({ details: { attempts: 3, stoppedBy: 'retries' } })
  expect(await stopped(failure())).toMatchObject({ details: { attempts: 2, stoppedBy: 'budget' } })
  expect(await stopped(failure())).toMatchObject({ details: { attempts: 1, stoppedBy: 'budget' } })
  expect(stops).toEqual([undefined, 'deadline', undefined, undefined, 'retries', undefined, 'budget', 'budget'])
})

it('says that nobody knows of a delete whose answer was lost, and takes no conflict for its own doing', async () => {
  const { clock, policy } = fixture()
  const inner = createMemoryStorage()
  const lost = { error: failure('TIMEOUT', { details: { outcome: 'unknown' } }), when: 'after' } as const
  const storage = policy.layer(credentialStorageOperations)(
    flaky<AnyCredentialStorage, AnyCredentialStorage>(inner, credentialStorageOperations, ({ call }) =>
      call === 1 ? lost : undefined,
    ),
  )
  const { version } = await inner.store('db/main', sampleRecord('db/main'))
  const call = storage.delete('db/main', { ifVersion: version })
  call.catch(() => {})
  await clock.advanceAsync(1000)
  // Somebody else may have deleted it in between: whoever counts on having been the one must not be told so.
  await expect(call).rejects.toMatchObject({ code: 'CONFLICT', details: { attempts: 2, outcome: 'unknown' } })
})

it('says nothing of an unknown outcome once the backend has denied it', async () => {
  const { clock, policy } = fixture()
  const call = policy.execute(
    ({ attempt }) =>
      Promise.reject(attempt === 1 ? failure('TIMEOUT', { details: { outcome: 'unknown' } }) : failure('CONFLICT')),
    { confirm: async () => undefined },
  )
  call.catch(() => {})
  await clock.advanceAsync(1000)
  const error: unknown = await call.catch((thrown: unknown) => thrown)
  expect(error).toMatchObject({ code: 'CONFLICT', details: { attempts: 2 } })
  expect(error).not.toHaveProperty('details.outcome')
})

interface Source {
  items(): AsyncIterable<number>
  each(work: () => Promise<void>): Promise<void>
}
const operations: Operations<Source> = {
  items: { kind: 'stream', effect: 'read', idempotent: true },
  each: { kind: 'callback', effect: 'read' },
}

it('opens a stream again before its first item, never after it, and never repeats a callback', async () => {
  const { clock, policy } = fixture()
  let opened = 0
  let ran = 0
  const source = policy.layer(operations)<Source>({
    async *items() {
      opened += 1
      if (opened < 3) throw failure()
      yield 1
      throw failure()
    },
    async each(work) {
      await work()
      throw failure()
    },
  })
  const items: number[] = []
  const reading = (async () => {
    for await (const item of source.items()) items.push(item)
  })()
  reading.catch(() => {})
  await clock.advanceAsync(1000)
  await expect(reading).rejects.toMatchObject({ code: 'UNAVAILABLE' })
  expect([opened, items]).toEqual([3, [1]])
  await expect(source.each(async () => void ran++)).rejects.toMatchObject({ code: 'UNAVAILABLE' })
  expect(ran).toBe(1)
})

it('ends a stream that is left while it waits', async () => {
  const { clock, policy } = fixture()
  const source = policy.layer<Pick<Source, 'items'>>({ items: operations.items })<Pick<Source, 'items'>>({
    items: () => ({ [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(failure()) }) }),
  })
  const iterator: AsyncIterator<number> = source.items()[Symbol.asyncIterator]()
  const first = iterator.next()
  await clock.advanceAsync(10)
  await iterator.return?.()
  expect(await first).toEqual({ done: true, value: undefined })
  expect(clock.pendingTimers).toBe(0)
})
