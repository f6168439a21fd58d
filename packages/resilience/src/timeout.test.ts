import { getEventListeners } from 'node:events'
import { HoldfastError, type Operations } from '@holdfast/contracts'
import { currentContext, withDeadline } from '@holdfast/contracts/context'
import { createFakeClock } from '@holdfast/testkit'
import fc from 'fast-check'
import { expect, it, vi } from 'vitest'
import { DeadlineWheel, type WheelEntry } from './deadline-wheel.ts'
import { timeout } from './timeout.ts'

// Time is fake here: what hangs must not wait for the minute that tests of servers have.
vi.setConfig({ testTimeout: 5000 })

const never = (): Promise<never> => new Promise(() => {})

it('rejects with TIMEOUT at the deadline and aborts the signal, if somebody asked for it', async () => {
  const clock = createFakeClock()
  let signal: AbortSignal | undefined
  const call = timeout({ timeoutMs: 1000, clock }).execute(
    (attempt) => {
      expect(attempt).toMatchObject({ attempt: 1, deadline: 1000 })
      signal = attempt.signal
      return never()
    },
    { operation: 'ask' },
  )
  call.catch(() => {})
  await clock.advanceAsync(999)
  expect(signal?.aborted).toBe(false)
  await clock.advanceAsync(1)
  await expect(call).rejects.toMatchObject({
    code: 'TIMEOUT',
    reason: 'DEADLINE_EXCEEDED',
    operation: 'ask',
    details: { outcome: 'unknown' },
  })
  expect(signal?.aborted).toBe(true)
  expect(HoldfastError.is(signal?.reason, 'TIMEOUT')).toBe(true)
  expect(clock.pendingTimers).toBe(0)
})

it('takes the earliest deadline, and calls nothing when it has passed', async () => {
  const clock = createFakeClock()
  const policy = timeout({ timeoutMs: 1000, clock })
  expect(await policy.execute(async ({ deadline }) => deadline, { deadline: 300 })).toBe(300)
  expect(await policy.execute(async ({ deadline }) => deadline, { deadline: 3000 })).toBe(1000)
  const late = policy.execute(() => expect.unreachable(), { deadline: 0 })
  await expect(late).rejects.toMatchObject({ code: 'TIMEOUT', details: {} })
})

it('keeps the deadline of the context, and hands its own on, only when it propagates', async () => {
  const clock = createFakeClock()
  const inside = async ({ deadline }: { readonly deadline: number | undefined }) => [
    deadline,
    currentContext()?.deadline,
  ]
  const run = (propagate: boolean) =>
    withDeadline(500, () => timeout({ timeoutMs: 1000, propagate, clock }).execute(inside), clock)
  expect(await run(true)).toEqual([500, 500])
  expect(await run(false)).toEqual([1000, 500])
  expect(await timeout({ timeoutMs: 1000, propagate: true, clock }).execute(inside)).toEqual([1000, 1000])
})

it('is over for an inner policy when it is for the outer one', async () => {
  const clock = createFakeClock()
  const outer = timeout({ timeoutMs: 100, clock })
  const inner = timeout({ timeoutMs: 1000, clock })
  let seen: AbortSignal | undefined
  const call = outer.execute((attempt) =>
    inner.execute((own) => {
      expect(own.deadline).toBe(100)
      seen = own.signal
      return never()
    }, attempt),
  )
  call.catch(() => {})
  await clock.advanceAsync(100)
  await expect(call).rejects.toMatchObject({ code: 'TIMEOUT' })
  expect(seen?.aborted).toBe(true)
})

it('rejects with CANCELLED at once, also before it begins, and leaves neither timer nor listener', async () => {
  const clock = createFakeClock()
  const controller = new AbortController()
  const policy = timeout({ timeoutMs: 1000, clock })
  const call = policy.execute(never, { signal: controller.signal })
  controller.abort()
  await expect(call).rejects.toMatchObject({ code: 'CANCELLED' })
  expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0)
  await expect(policy.execute(() => expect.unreachable(), { signal: controller.signal })).rejects.toMatchObject({
    code: 'CANCELLED',
  })
  // The one timer of all calls finds nothing and is not set again.
  await clock.advanceAsync(1000)
  expect(clock.pendingTimers).toBe(0)
})

it('has one timer for any number of calls', async () => {
  const clock = createFakeClock()
  const policy = timeout({ timeoutMs: 1000, clock })
  const calls = Array.from({ length: 500 }, () => policy.execute(never).catch((error) => error.code))
  expect(clock.pendingTimers).toBe(1)
  await clock.advanceAsync(1000)
  expect(new Set(await Promise.all(calls))).toEqual(new Set(['TIMEOUT']))
})

it('gives a late result back through the operation table, and swallows a late failure', async () => {
  interface Leases {
    acquire(): Promise<string>
  }
  const clock = createFakeClock()
  const returned: unknown[] = []
  const operations: Operations<Leases> = {
    acquire: { kind: 'unary', effect: 'write', idempotent: false, onAbandoned: (lease) => returned.push(lease) },
  }
  const work = Promise.withResolvers<string>()
  const leases = timeout({ timeoutMs: 10, clock }).layer(operations)<Leases>({ acquire: () => work.promise })
  const call = leases.acquire()
  call.catch(() => {})
  await clock.advanceAsync(10)
  await expect(call).rejects.toMatchObject({ code: 'TIMEOUT', operation: 'acquire' })
  work.resolve('lease')
  await clock.advanceAsync(0)
  expect(returned).toEqual(['lease'])
})

it('rejects where the work throws', async () => {
  const boom = (): never => {
    throw new TypeError('boom')
  }
  await expect(timeout({ clock: createFakeClock() }).execute(boom)).rejects.toThrow('boom')
})

it('refuses options with every problem at once', () => {
  const wrong = { timeoutMs: 0, propagate: 1, clock: {} }
  expect(() => timeout(wrong as never)).toThrow(/timeoutMs.*propagate.*clock/)
})

it('expires each entry of the wheel once, at most a slot late, whatever is added and removed', async () => {
  const step = fc.record({
    waitMs: fc.integer({ min: 0, max: 12_000 }),
    inMs: fc.integer({ min: 1, max: 30_000 }),
    remove: fc.boolean(),
  })
  await fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const clock = createFakeClock()
      const wheel = new DeadlineWheel(clock)
      const expired: number[] = []
      const expected: number[] = []
      for (const { waitMs, inMs, remove } of steps) {
        const deadline = clock.monotonicNow() + inMs
        const entry: WheelEntry = {
          deadline,
          previous: undefined,
          next: undefined,
          slot: -1,
          onExpired() {
            expired.push(deadline)
            expect(clock.monotonicNow() - deadline).toBeGreaterThanOrEqual(0)
            expect(clock.monotonicNow() - deadline).toBeLessThan(10)
          },
        }
        wheel.add(entry)
        if (remove) wheel.remove(entry)
        else expected.push(deadline)
        expect(clock.pendingTimers).toBeLessThanOrEqual(1)
        clock.advance(waitMs)
      }
      clock.advance(60_000)
      expect(expired.toSorted((a, b) => a - b)).toEqual(expected.toSorted((a, b) => a - b))
      expect([wheel.size, clock.pendingTimers]).toEqual([0, 0])
    }),
    { numRuns: 200 },
  )
})

it('is late, and not lost, when the monotonic clock jumps back', () => {
  const clock = createFakeClock()
  let offsetMs = 0
  const jumping = { ...clock, monotonicNow: () => clock.monotonicNow() + offsetMs }
  const wheel = new DeadlineWheel(jumping)
  let expired = 0
  const add = (deadline: number): void =>
    wheel.add({ deadline, previous: undefined, next: undefined, slot: -1, onExpired: () => void expired++ })
  clock.advance(50_000)
  add(50_100)
  offsetMs = -40_000
  add(10_500)
  clock.advance(600)
  expect(expired).toBe(1)
  clock.advance(60_000)
  expect([expired, clock.pendingTimers]).toEqual([2, 0])
})
