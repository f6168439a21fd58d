import { type CallOptions, compose, type ErrorCode, HoldfastError, type Operations } from '@holdfast/contracts'
import { currentContext } from '@holdfast/contracts/context'
import { collect, createFakeClock, type FakeClock } from '@holdfast/testkit'
import { expect, it, vi } from 'vitest'
import { bulkhead } from './bulkhead.ts'
import { circuitBreaker } from './circuit-breaker.ts'
import type { Policy } from './policy.ts'
import { rateLimit } from './rate-limit.ts'
import { retry } from './retry.ts'
import { standard } from './standard.ts'
import { timeout } from './timeout.ts'

// Time is fake here: what hangs must not wait for the minute that tests of servers have.
vi.setConfig({ testTimeout: 5000 })

interface Shelf {
  items(options?: CallOptions): AsyncIterable<number>
  changes(options?: CallOptions): AsyncIterable<number>
  take(): Promise<number>
}

const operations: Operations<Shelf> = {
  items: { kind: 'stream', effect: 'read', idempotent: true, options: 0 },
  changes: { kind: 'stream', effect: 'read', idempotent: true, isLive: true, options: 0 },
  take: { kind: 'unary', effect: 'read', idempotent: true },
}

const failure = (code: ErrorCode = 'UNAVAILABLE'): HoldfastError =>
  new HoldfastError({ code, source: 'test', operation: 'items', message: 'No.', hint: 'None.' })

/** What the next items of a stream do: after how long they come, that they never come, or what they fail with. */
type Step = number | 'never' | ErrorCode

const fixture = (clock: FakeClock, ...openings: readonly (readonly Step[])[]) => {
  const seen = { opened: 0, returned: 0, signals: [] as (AbortSignal | undefined)[], deadlines: [] as unknown[] }
  const open = ({ signal }: CallOptions = {}): AsyncIterable<number> => {
    const steps = [...(openings[Math.min(seen.opened, openings.length - 1)] ?? [])]
    seen.opened += 1
    seen.signals.push(signal)
    let item = 0
    return {
      [Symbol.asyncIterator]: () => ({
        next() {
          seen.deadlines.push(currentContext()?.deadline)
          const step = steps.shift()
          if (step === undefined) return Promise.resolve({ done: true, value: undefined })
          if (step === 'never') return new Promise(() => {})
          if (typeof step === 'string') return Promise.reject(failure(step))
          item += 1
          const value = item
          return new Promise((resolve) => clock.setTimer(() => resolve({ done: false, value }), step))
        },
        async return() {
          seen.returned += 1
          return { done: true, value: undefined }
        },
      }),
    }
  }
  const shelf: Shelf = { items: open, changes: open, take: async () => 1 }
  return {
    seen,
    inside: (...policies: Policy[]) => compose(shelf, ...policies.map((policy) => policy.layer(operations))),
  }
}

const codeOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    (value) => value,
    (error: HoldfastError) => error.reason ?? error.code,
  )

it('gives each item the time of a call, however long its reader takes', async () => {
  const clock = createFakeClock()
  const { seen, inside } = fixture(clock, [900, 900, 'never'])
  const items: number[] = []
  const reading = codeOf(
    (async () => {
      for await (const item of inside(timeout({ timeoutMs: 1000, clock })).items()) {
        items.push(item)
        await new Promise<void>((resolve) => clock.setTimer(resolve, 5000))
      }
    })(),
  )
  await clock.advanceAsync(13_000)
  expect([items, seen.returned, seen.signals[0]?.aborted]).toEqual([[1, 2], 1, true])
  expect(HoldfastError.is(seen.signals[0]?.reason, 'TIMEOUT')).toBe(true)
  expect(await reading).toBe('DEADLINE_EXCEEDED')
  expect(clock.pendingTimers).toBe(0)
})

it('keeps the deadline of the caller for the whole stream, and hands that of an item on where it propagates', async () => {
  const clock = createFakeClock()
  const { seen, inside } = fixture(clock, [600, 600, 600])
  const iterator = inside(timeout({ timeoutMs: 1000, propagate: true, clock }))
    .items({ deadline: 1000 })
    [Symbol.asyncIterator]()
  const first = iterator.next()
  await clock.advanceAsync(600)
  expect(await first).toEqual({ done: false, value: 1 })
  const second = codeOf(iterator.next())
  await clock.advanceAsync(400)
  expect(await second).toBe('DEADLINE_EXCEEDED')
  expect(await iterator.next()).toEqual({ done: true, value: undefined })
  expect(seen.deadlines).toEqual([1000, 1000])
})

it('rejects at once when aborted, though the stream hangs, and tells it', async () => {
  const clock = createFakeClock()
  const { seen, inside } = fixture(clock, ['never'])
  const controller = new AbortController()
  const iterator = inside(timeout({ clock })).items({ signal: controller.signal })[Symbol.asyncIterator]()
  const first = codeOf(iterator.next())
  await clock.advanceAsync(1)
  controller.abort()
  expect(await first).toBe('CANCELLED')
  expect([seen.signals[0]?.aborted, seen.returned]).toEqual([true, 1])
})

it('leaves a watch alone, whatever the policy', async () => {
  const clock = createFakeClock()
  const breaker = circuitBreaker({ clock })
  breaker.isolate()
  const { seen, inside } = fixture(clock, [1_000_000, 1])
  const limits = [bulkhead({ limit: 1, clock }), rateLimit({ perSecond: 1, clock })]
  const shelf = inside(timeout({ clock }), breaker, ...limits)
  const watches = [shelf.changes(), shelf.changes()].map((changes) => changes[Symbol.asyncIterator]().next())
  await clock.advanceAsync(1_000_000)
  expect(await Promise.all(watches)).toEqual([
    { done: false, value: 1 },
    { done: false, value: 1 },
  ])
  expect(seen.signals).toEqual([undefined, undefined])
})

it('counts a stream by its opening, and refuses it where the circuit is open', async () => {
  const clock = createFakeClock()
  const breaker = circuitBreaker({ trip: { kind: 'consecutive', failures: 2 }, openMs: 1000, clock })
  const { seen, inside } = fixture(clock, ['UNAVAILABLE'], ['UNAVAILABLE'], ['never'], [1, 'UNAVAILABLE'])
  const shelf = inside(breaker)
  const first = (options?: CallOptions): Promise<unknown> => codeOf(shelf.items(options)[Symbol.asyncIterator]().next())
  expect([await first(), await first(), await first()]).toEqual(['UNAVAILABLE', 'UNAVAILABLE', 'CIRCUIT_OPEN'])
  clock.advance(1000)
  const controller = new AbortController()
  const probe = first({ signal: controller.signal })
  expect(await first()).toBe('CIRCUIT_OPEN')
  controller.abort()
  expect(await probe).toBe('CANCELLED')
  const reading = codeOf(collect(shelf.items()))
  await clock.advanceAsync(1)
  expect([await reading, breaker.state(), seen.opened]).toEqual(['UNAVAILABLE', 'closed', 4])
})

it('holds a place until the first item has come, so that its reader may call', async () => {
  const clock = createFakeClock()
  const policy = bulkhead({ limit: 1, clock })
  const { inside } = fixture(clock, [10, 10])
  const shelf = inside(policy)
  const taken: number[] = []
  const reading = (async () => {
    for await (const _ of shelf.items()) taken.push(await shelf.take())
  })()
  await clock.advanceAsync(5)
  expect([policy.running, await codeOf(shelf.take())]).toEqual([1, 'LIMIT_EXCEEDED'])
  await clock.advanceAsync(20)
  await reading
  expect([taken, policy.running]).toEqual([[1, 1], 0])
})

it('does not open a stream that was left while it waited for its place', async () => {
  const clock = createFakeClock()
  const { seen, inside } = fixture(clock, [10])
  const shelf = inside(bulkhead({ limit: 1, queue: 1, clock }))
  const [running, waiting] = [shelf.items(), shelf.items()].map((items) => items[Symbol.asyncIterator]())
  const first = running?.next()
  const second = waiting?.next()
  expect(await waiting?.return?.()).toEqual({ done: true, value: undefined })
  await clock.advanceAsync(10)
  expect([await first, await second]).toEqual([
    { done: false, value: 1 },
    { done: true, value: undefined },
  ])
  expect(seen.opened).toBe(1)
})

it('takes a token of the rate for each opening', async () => {
  const clock = createFakeClock()
  const { inside } = fixture(clock, [])
  const shelf = inside(rateLimit({ perSecond: 1, burst: 1, clock }))
  expect(await collect(shelf.items())).toEqual([])
  expect(await codeOf(collect(shelf.items()))).toBe('RATE_LIMITED')
})

it.each(['standard', 'its three layers'])('opens again, counts and limits a stream in %s', async (which) => {
  const clock = createFakeClock()
  const policy = { retries: 3, jitter: 'none' } as const
  const breaker = { trip: { kind: 'consecutive', failures: 3 } } as const
  const fused = standard({ timeoutMs: 1000, retry: policy, breaker, clock })
  const own = circuitBreaker({ ...breaker, clock })
  const layers = which === 'standard' ? [fused] : [timeout({ timeoutMs: 1000, clock }), retry({ policy, clock }), own]
  const { seen, inside } = fixture(clock, ['UNAVAILABLE'], [1, 'never'], ['UNAVAILABLE'])
  const shelf = inside(...layers)
  const iterator = shelf.items()[Symbol.asyncIterator]()
  const first = iterator.next()
  await clock.advanceAsync(200)
  expect([await first, seen.opened]).toEqual([{ done: false, value: 1 }, 2])
  const second = codeOf(iterator.next())
  await clock.advanceAsync(1000)
  expect(await second).toBe('DEADLINE_EXCEEDED')
  const failing = codeOf(collect(shelf.items()))
  await clock.advanceAsync(1000)
  expect([await failing, seen.opened]).toEqual(['CIRCUIT_OPEN', 5])
  expect(which === 'standard' ? fused.state() : own.state()).toBe('open')
  expect(clock.pendingTimers).toBe(0)
})
