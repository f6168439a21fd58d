import { type ErrorCode, HoldfastError } from '@holdfast/contracts'
import { createFakeClock } from '@holdfast/testkit'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { retry, standard } from '../src/index.ts'

interface Outcome {
  readonly afterMs: number
  readonly code: ErrorCode | 'OK'
  readonly retryAfterMs: number | undefined
}

const scripts = fc.record({
  retries: fc.integer({ min: 0, max: 10 }),
  baseDelayMs: fc.integer({ min: 0, max: 500 }),
  multiplier: fc.double({ min: 1, max: 10, noNaN: true }),
  maxDelayMs: fc.integer({ min: 501, max: 20_000 }),
  capacity: fc.integer({ min: 1, max: 12 }),
  deadline: fc.option(fc.integer({ min: 1, max: 60_000 }), { nil: undefined }),
  isIdempotent: fc.oneof({ weight: 8, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) }),
  outcomes: fc.array(
    fc.record({
      afterMs: fc.integer({ min: 0, max: 400 }),
      code: fc.oneof(
        { weight: 8, arbitrary: fc.constantFrom<ErrorCode>('UNAVAILABLE', 'RATE_LIMITED') },
        { weight: 1, arbitrary: fc.constantFrom<ErrorCode | 'OK'>('NOT_FOUND', 'OK') },
      ),
      retryAfterMs: fc.option(fc.integer({ min: 0, max: 5000 }), { nil: undefined, freq: 4 }),
    }),
    { minLength: 11, maxLength: 11 },
  ),
})

type Script = typeof scripts extends fc.Arbitrary<infer S> ? S : never

/** When the attempts of one call begin, and how it ends: what the documentation says, read aloud. */
const expected = (script: Script): { readonly starts: readonly number[]; readonly end: string } => {
  const { retries, baseDelayMs, multiplier, maxDelayMs, capacity, deadline, isIdempotent, outcomes } = script
  const starts: number[] = []
  let now = 0
  for (const [made, outcome] of outcomes.entries()) {
    starts.push(now)
    now += outcome.afterMs
    if (outcome.code === 'OK') return { starts, end: 'OK' }
    const isRetryable = outcome.code !== 'NOT_FOUND' && isIdempotent
    const delayMs = Math.max(Math.min(maxDelayMs, baseDelayMs * multiplier ** made), outcome.retryAfterMs ?? 0)
    const comesInTime = deadline === undefined || now + delayMs < deadline
    // The bucket gets no tokens but those of time, which is switched off here.
    if (!isRetryable || made >= retries || !comesInTime || made >= capacity) return { starts, end: outcome.code }
    now += delayMs
  }
  return { starts, end: expect.unreachable() }
}

const workOf = (outcomes: readonly Outcome[], clock: ReturnType<typeof createFakeClock>, starts: number[]) => {
  return ({ attempt }: { readonly attempt: number }): Promise<string> => {
    expect(attempt).toBe(starts.length + 1)
    const outcome = outcomes[starts.length] ?? expect.unreachable()
    starts.push(clock.monotonicNow())
    return new Promise((resolve, reject) => {
      clock.setTimer(
        () => (outcome.code === 'OK' ? resolve('OK') : reject(failure(outcome.code, outcome))),
        outcome.afterMs,
      )
    })
  }
}

const failure = (code: ErrorCode, { retryAfterMs }: Pick<Outcome, 'retryAfterMs'>): HoldfastError =>
  new HoldfastError({
    code,
    source: 'test',
    operation: 'ask',
    message: 'No.',
    hint: 'None.',
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  })

it.each(['retry', 'standard'] as const)('%s makes its attempts when the model does', async (kind) => {
  let retried = 0
  await fc.assert(
    fc.asyncProperty(scripts, async (script) => {
      const { retries, baseDelayMs, multiplier, maxDelayMs, capacity, isIdempotent, outcomes } = script
      // Under standard a deadline ends a call by itself, which is for the test that compares it with its layers.
      const deadline = kind === 'standard' ? undefined : script.deadline
      const clock = createFakeClock()
      const budget = { capacity, tokensPerSuccess: 0, tokensPerSecond: 0 }
      const policy = { retries, baseDelayMs, multiplier, maxDelayMs, jitter: 'none', budget } as const
      const breaker = { trip: { kind: 'consecutive', failures: 1000 } } as const
      const { execute } =
        kind === 'retry' ? retry({ policy, clock }) : standard({ timeoutMs: 10_000_000, retry: policy, breaker, clock })
      const starts: number[] = []
      const call = execute(workOf(outcomes, clock, starts), { deadline, idempotent: isIdempotent })
      const end = call.catch((error: unknown) => (HoldfastError.is(error) ? error.code : error))
      await clock.advanceAsync(1_000_000)
      const model = expected({ ...script, deadline })
      expect(await end).toBe(model.end)
      expect(starts.map(Math.round)).toEqual(model.starts.map(Math.round))
      if (starts.length > 2) retried += 1
      await clock.advanceAsync(10_000_000)
      expect(clock.pendingTimers).toBe(0)
    }),
    { numRuns: 200 },
  )
  // About 85 of 200 scripts do, with a standard deviation of 7: it is for finding out that hardly one does any more.
  expect(retried).toBeGreaterThan(30)
})
