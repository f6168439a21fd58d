import {
  type CallOptions,
  compose,
  type ErrorCode,
  HoldfastError,
  intercept,
  type Layer,
  type Operations,
} from '@holdfast/contracts'
import { currentContext } from '@holdfast/contracts/context'
import { createFakeClock, createSeededRandom, type FakeClock } from '@holdfast/testkit'
import fc from 'fast-check'
import { expect, it, vi } from 'vitest'
import { bulkhead } from './bulkhead.ts'
import { circuitBreaker } from './circuit-breaker.ts'
import { rateLimit } from './rate-limit.ts'
import { retry } from './retry.ts'
import { type StandardOptions, standard } from './standard.ts'
import { timeout } from './timeout.ts'

// Time is fake here: what hangs must not wait for the minute that tests of servers have.
vi.setConfig({ testTimeout: 5000 })

interface Target {
  ask(id: string, options?: CallOptions): Promise<string>
  tell(id: string, options?: CallOptions): Promise<string>
}

const operations: Operations<Target> = {
  ask: { kind: 'unary', effect: 'read', idempotent: true, key: 0, options: 1 },
  tell: { kind: 'unary', effect: 'write', idempotent: false, key: 0, options: 1 },
}

interface Call {
  readonly method: keyof Target
  readonly startMs: number
  readonly abortMs: number | undefined
  readonly deadlineMs: number | undefined
  readonly outcomes: readonly { readonly afterMs: number; readonly code: ErrorCode | 'OK' | 'HANG' }[]
}

const times = (max: number) => fc.double({ min: 0.01, max, noNaN: true })
const calls: fc.Arbitrary<readonly Call[]> = fc.array(
  fc.record({
    method: fc.constantFrom<keyof Target>('ask', 'ask', 'tell'),
    startMs: times(3000),
    abortMs: fc.option(times(1500), { nil: undefined, freq: 4 }),
    deadlineMs: fc.option(times(1500), { nil: undefined, freq: 4 }),
    outcomes: fc.array(
      fc.record({
        afterMs: times(400),
        code: fc.constantFrom<ErrorCode | 'OK' | 'HANG'>(
          'OK',
          'UNAVAILABLE',
          'UNAVAILABLE',
          'RATE_LIMITED',
          'NOT_FOUND',
          'INTERNAL',
          'CONFLICT',
          'HANG',
        ),
      }),
      { minLength: 1, maxLength: 4 },
    ),
  }),
  { maxLength: 12 },
)

const options = (clock: FakeClock): StandardOptions & { readonly clock: FakeClock } => ({
  timeoutMs: 900,
  retry: { retries: 3, baseDelayMs: 50, maxDelayMs: 1000, budget: { capacity: 4, tokensPerSecond: 0.5 } },
  breaker: { trip: { kind: 'consecutive', failures: 3 }, openMs: 400, halfOpenProbes: 2, slowCallMs: 350 },
  clock,
  random: createSeededRandom(7),
})

type Wrapped = {
  readonly target: Target
  readonly state: () => string
  readonly listen: (log: (event: object) => void) => void
}

const fused = (target: Target, clock: FakeClock): Wrapped => {
  const policy = standard(options(clock))
  return {
    target: policy.layer(operations)(target),
    state: () => policy.state(),
    listen(log) {
      policy.attempts.on('attempt.failed', log)
      policy.attempts.on('attempt.succeeded', log)
      policy.circuits.on('circuit.changed', log)
    },
  }
}

/** A layer of somebody else, which keeps ours from seeing one another. */
const foreign: Layer<Target> = (inner) =>
  intercept(inner, operations, { unary: (_call, next, first, second, third) => next(first, second, third) })

const composed = (target: Target, clock: FakeClock, between: readonly Layer<Target>[] = []): Wrapped => {
  const { timeoutMs, retry: policy = {}, breaker = {}, random = Math.random } = options(clock)
  const outer = timeout({ timeoutMs, clock })
  const middle = retry({ policy, clock, random })
  const inner = circuitBreaker({ ...breaker, clock })
  return {
    target: compose(
      target,
      outer.layer(operations),
      ...between,
      middle.layer(operations),
      ...between,
      inner.layer(operations),
      ...between,
    ),
    state: () => inner.state(),
    listen(log) {
      middle.on('attempt.failed', log)
      middle.on('attempt.succeeded', log)
      inner.on('circuit.changed', log)
    },
  }
}

/** Everything that can be seen of a script, with its time. */
const observe = async (
  wrap: (target: Target, clock: FakeClock) => Wrapped,
  script: readonly Call[],
): Promise<readonly string[]> => {
  const clock = createFakeClock()
  const seen: string[] = []
  const note = (what: string, detail: object): void =>
    void seen.push(`${clock.monotonicNow().toFixed(6)} ${what} ${JSON.stringify(detail)}`)
  const attempts = new Map<string, number>()
  const run = (id: string, callOptions: CallOptions = {}): Promise<string> => {
    const attempt = attempts.get(id) ?? 0
    attempts.set(id, attempt + 1)
    const outcome = script[Number(id)]?.outcomes[attempt] ?? { afterMs: 1, code: 'OK' }
    note('attempt', { id, attempt, deadline: callOptions.deadline })
    callOptions.signal?.addEventListener('abort', () => note('told', { id, attempt }))
    return new Promise((resolve, reject) => {
      clock.setTimer(() => {
        if (outcome.code === 'OK') resolve(`${id}/${attempt}`)
        else if (outcome.code !== 'HANG') {
          reject(
            new HoldfastError({ code: outcome.code, source: 'test', operation: 'ask', message: 'No.', hint: 'None.' }),
          )
        }
      }, outcome.afterMs)
    })
  }
  const wrapped = wrap({ ask: run, tell: run }, clock)
  wrapped.listen((event) => note('event', event))
  script.forEach((call, index) => {
    clock.setTimer(() => {
      const controller = new AbortController()
      if (call.abortMs !== undefined) clock.setTimer(() => controller.abort(), call.abortMs)
      const deadline = call.deadlineMs === undefined ? undefined : clock.monotonicNow() + call.deadlineMs
      const signal = call.abortMs === undefined ? undefined : controller.signal
      wrapped.target[call.method](String(index), { deadline, signal }).then(
        (value) => note('value', { value }),
        (error) => note('error', { index, ...error.toJSON(), state: wrapped.state() }),
      )
    }, call.startMs)
  })
  await clock.advanceAsync(20_000)
  expect(clock.pendingTimers).toBe(0)
  return seen.sort()
}

it('behaves exactly like timeout, retry and circuitBreaker around one another, also with layers of others between them', async () => {
  let reached = 0
  await fc.assert(
    fc.asyncProperty(calls, async (script) => {
      const seen = await observe(fused, script)
      expect(await observe(composed, script)).toEqual(seen)
      expect(await observe((target, clock) => composed(target, clock, [foreign]), script)).toEqual(seen)
      if (seen.some((line) => line.includes('"state":"open"'))) reached += 1
    }),
    { numRuns: 120 },
  )
  expect(reached).toBeGreaterThan(0)
})

it('keeps what is around and inside the three that it runs in one piece', async () => {
  const clock = createFakeClock()
  const outside = bulkhead({ limit: 1 })
  const inside = rateLimit({ perSecond: 1, burst: 1, clock })
  const { timeoutMs, retry: policy, breaker } = options(clock)
  const layers = [
    outside,
    timeout({ timeoutMs, clock }),
    retry({ policy: { ...policy, retries: 0 }, clock }),
    circuitBreaker({ ...breaker, clock }),
    inside,
  ]
  const target = compose<Target, Target>(
    { ask: (id) => (id === 'never' ? new Promise(() => {}) : Promise.resolve(id)), tell: async (id) => id },
    ...layers.map((layer) => layer.layer(operations)),
  )
  const hanging = target.ask('never')
  await expect(target.ask('a')).rejects.toMatchObject({ code: 'RESOURCE_EXHAUSTED' })
  hanging.catch(() => {})
  await clock.advanceAsync(900)
  await expect(hanging).rejects.toMatchObject({ code: 'TIMEOUT' })
  await expect(target.ask('a')).rejects.toMatchObject({ code: 'RATE_LIMITED' })
  await clock.advanceAsync(1000)
  expect(await target.ask('a')).toBe('a')
})

it('gives everything the work calls its deadline when it propagates, also in a retry', async () => {
  const clock = createFakeClock()
  const policy = standard({ ...options(clock), propagate: true })
  const deadlines: unknown[] = []
  const call = policy.execute(async ({ attempt }) => {
    deadlines.push(currentContext()?.deadline)
    if (attempt === 1) {
      throw new HoldfastError({ code: 'UNAVAILABLE', source: 'test', operation: 'ask', message: 'No.', hint: 'None.' })
    }
    return currentContext()?.deadline
  })
  await clock.advanceAsync(200)
  expect(await call).toBe(900)
  expect(deadlines).toEqual([900, 900])
})

it('names every problem of its three policies', () => {
  expect(() => standard({ timeoutMs: -1 })).toThrow('timeoutMs')
  expect(() => standard({ retry: { retries: 11, multiplier: 0 } })).toThrow(/retries.*multiplier/)
  expect(() => standard({ breaker: { openMs: 0, halfOpenProbes: 0 } })).toThrow(/openMs.*halfOpenProbes/)
})
