import { createFakeClock } from '@holdfast/testkit'
import fc from 'fast-check'
import { expect, it, vi } from 'vitest'
import { bulkhead } from './bulkhead.ts'

// Time is fake here: what hangs must not wait for the minute that tests of servers have.
vi.setConfig({ testTimeout: 5000 })

const never = (): Promise<never> => new Promise(() => {})

it('runs as many as it may, queues as many as it may, and refuses the rest', async () => {
  const policy = bulkhead({ limit: 1, queue: 1, clock: createFakeClock() })
  const first = Promise.withResolvers<string>()
  const running = policy.execute(() => first.promise)
  const waiting = policy.execute(async () => 'second')
  await expect(policy.execute(never, { operation: 'ask' })).rejects.toMatchObject({
    code: 'RESOURCE_EXHAUSTED',
    reason: 'LIMIT_EXCEEDED',
    operation: 'ask',
  })
  expect([policy.running, policy.waiting]).toEqual([1, 1])
  first.resolve('first')
  expect(await Promise.all([running, waiting])).toEqual(['first', 'second'])
  expect([policy.running, policy.waiting]).toEqual([0, 0])
})

it('lets nobody wait longer than it may, nor longer than the deadline of the call', async () => {
  const clock = createFakeClock()
  const policy = bulkhead({ limit: 1, queue: 2, queueTimeoutMs: 500, clock })
  policy.execute(never)
  const patient = policy.execute(never)
  const hurried = policy.execute(never, { deadline: 100 })
  patient.catch(() => {})
  hurried.catch(() => {})
  await clock.advanceAsync(100)
  await expect(hurried).rejects.toMatchObject({ code: 'TIMEOUT' })
  expect(policy.waiting).toBe(1)
  await clock.advanceAsync(400)
  await expect(patient).rejects.toMatchObject({ code: 'TIMEOUT' })
  expect([policy.waiting, clock.pendingTimers]).toEqual([0, 0])
})

it('gives up the place of a call that is aborted, running or waiting', async () => {
  const policy = bulkhead({ limit: 1, queue: 2, clock: createFakeClock() })
  const controllers = [new AbortController(), new AbortController()]
  const calls = controllers.map(({ signal }) => policy.execute(never, { signal }))
  const last = policy.execute(async () => 'last')
  controllers[1]?.abort()
  await expect(calls[1]).rejects.toMatchObject({ code: 'CANCELLED' })
  expect([policy.running, policy.waiting]).toEqual([1, 1])
  controllers[0]?.abort()
  await expect(calls[0]).rejects.toMatchObject({ code: 'CANCELLED' })
  expect(await last).toBe('last')
  expect(policy.running).toBe(0)
})

it('serves in order and never runs more than it may, as the model does', async () => {
  const call = fc.record({
    startMs: fc.integer({ min: 0, max: 200 }),
    takesMs: fc.integer({ min: 1, max: 100 }),
    abortMs: fc.option(fc.integer({ min: 1, max: 120 }), { nil: undefined }),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(call, { maxLength: 30 }), fc.integer({ min: 1, max: 4 }), async (calls, limit) => {
      const clock = createFakeClock()
      const policy = bulkhead({ limit, queue: 3, queueTimeoutMs: 10_000, clock })
      const queued: number[] = []
      const served: number[] = []
      let settled = 0
      calls.forEach(({ startMs, takesMs, abortMs }, index) => {
        clock.setTimer(() => {
          const controller = new AbortController()
          const work = (): Promise<void> => {
            served.push(index)
            expect(policy.running).toBeLessThanOrEqual(limit)
            return new Promise((resolve) => clock.setTimer(resolve, takesMs))
          }
          queued.push(index)
          const count = (): void => void settled++
          policy.execute(work, { signal: controller.signal }).then(count, count)
          if (abortMs !== undefined) clock.setTimer(() => controller.abort(), abortMs)
        }, startMs)
      })
      await clock.advanceAsync(20_000)
      expect(served).toEqual(queued.filter((index) => served.includes(index)))
      expect([settled, policy.running, policy.waiting, clock.pendingTimers]).toEqual([calls.length, 0, 0, 0])
    }),
    { numRuns: 60 },
  )
})

it('refuses options with every problem at once', () => {
  expect(() => bulkhead({ limit: 0, queue: -1, queueTimeoutMs: 0 })).toThrow(/limit.*queue.*queueTimeoutMs/)
})
