// The section "At the edges" of what this package was asked to be: a describe for each sentence of it.
import { getEventListeners } from 'node:events'
import { type ErrorCode, HoldfastError } from '@holdfast/contracts'
import { createFakeClock, type FakeClock } from '@holdfast/testkit'
import { describe, expect, it, vi } from 'vitest'
import {
  bulkhead,
  circuitBreaker,
  type ExecuteOptions,
  fallback,
  rateLimit,
  retry,
  standard,
  timeout,
  type Work,
} from '../src/index.ts'

// Time is fake here: what hangs must not wait for the minute that tests of servers have.
vi.setConfig({ testTimeout: 5000 })

const failure = (code: ErrorCode = 'UNAVAILABLE'): HoldfastError =>
  new HoldfastError({ code, source: 'test', operation: 'ask', message: 'No.', hint: 'None.' })
const never = (): Promise<never> => new Promise(() => {})
const boom = (): never => {
  throw new Error('boom')
}
/** Lets every promise callback run that can, and no time pass. */
const settle = (clock: FakeClock): Promise<void> => clock.advanceAsync(0)

type Execute = (work: Work<unknown>, options?: ExecuteOptions<unknown>) => Promise<unknown>

/** Every policy, each alone and with a place or a timer to lose. */
const policies: Readonly<Record<string, (clock: FakeClock) => Execute>> = {
  retry: (clock) => retry({ clock, policy: { jitter: 'none' } }).execute,
  timeout: (clock) => timeout({ clock }).execute,
  'timeout, propagated': (clock) => timeout({ clock, propagate: true }).execute,
  circuitBreaker: (clock) => circuitBreaker({ clock }).execute,
  bulkhead: (clock) => bulkhead({ clock, limit: 1, queue: 5 }).execute,
  rateLimit: (clock) => rateLimit({ clock, perSecond: 1000 }).execute,
  fallback: () => fallback<unknown>({ name: 'none', use: never }).execute,
  standard: (clock) => standard({ clock, retry: { jitter: 'none' } }).execute,
  'standard, propagated': (clock) => standard({ clock, propagate: true, retry: { jitter: 'none' } }).execute,
}
const everyPolicy = Object.entries(policies)

describe('invalid policies are refused at construction with every problem', () => {
  it('also those of the three that standard is made of, together and by their paths', () => {
    const wrong = {
      timeoutMs: -1,
      propagate: 'yes',
      retry: { retries: 11, baseDelayMs: -1, budget: { capacity: 0 }, attempts: 4 },
      breaker: { trip: { kind: 'consecutive', failures: 0 }, openMs: 0, halfOpenProbes: 0 },
    }
    const thrown = (() => {
      try {
        // Wrong on purpose, as from a program without types.
        return standard(wrong as never)
      } catch (error) {
        return error
      }
    })()
    expect(thrown).toMatchObject({ code: 'INVALID_ARGUMENT', reason: 'OPTIONS_INVALID', operation: 'standard' })
    const { problems } = (thrown as HoldfastError).details as {
      readonly problems: readonly { readonly path: string }[]
    }
    expect(problems.map(({ path }) => path)).toEqual([
      'timeoutMs',
      'propagate',
      'retry.retries',
      'retry.baseDelayMs',
      'retry.budget.capacity',
      'retry.attempts',
      'breaker.trip.failures',
      'breaker.openMs',
      'breaker.halfOpenProbes',
    ])
  })
})

describe('a listener that throws never breaks a call', () => {
  it.each(['listener', 'logger'])('neither one of standard nor its %s', async (which) => {
    const clock = createFakeClock()
    const logger = { debug: boom, info: boom, warn: boom, error: boom }
    const policy = standard({
      clock,
      ...(which === 'logger' ? { logger } : {}),
      retry: { retries: 2 },
      breaker: { trip: { kind: 'consecutive', failures: 3 }, openMs: 1000 },
    })
    policy.attempts.on('attempt.failed', boom)
    policy.attempts.on('attempt.succeeded', boom)
    policy.circuits.on('circuit.changed', boom)
    const failed = policy.execute(() => Promise.reject(failure()))
    failed.catch(() => {})
    await clock.advanceAsync(1000)
    await expect(failed).rejects.toMatchObject({ code: 'UNAVAILABLE', details: { attempts: 3 } })
    expect(policy.state()).toBe('open')
    clock.advance(1000)
    expect(await policy.execute(async () => 'OK')).toBe('OK')
    expect(policy.state()).toBe('closed')
  })

  it('nor does anything else that a caller gives: what it throws is what the call rejects with', async () => {
    const clock = createFakeClock()
    const rejectsWithBoom = async (call: Promise<unknown>): Promise<void> => {
      call.catch(() => {})
      await clock.advanceAsync(1000)
      await expect(call).rejects.toThrow('boom')
    }
    const fails = (): Promise<never> => Promise.reject(failure())
    for (const options of [{ isRetryable: boom }, { random: boom }]) {
      await rejectsWithBoom(retry({ clock, ...options }).execute(fails))
      await rejectsWithBoom(standard({ clock, ...options }).execute(fails))
    }
    await rejectsWithBoom(fallback({ name: 'none', use: never, when: boom }).execute(fails))
    // A confirmation that fails says nothing: the conflict is what the caller hears.
    const conflicts: Work<unknown> = ({ attempt }) =>
      Promise.reject(failure(attempt === 1 ? 'UNAVAILABLE' : 'CONFLICT'))
    for (const execute of [retry({ clock }).execute, standard({ clock }).execute]) {
      const call = execute(conflicts, { confirm: boom })
      call.catch(() => {})
      await clock.advanceAsync(1000)
      await expect(call).rejects.toMatchObject({ code: 'CONFLICT' })
    }
    await clock.advanceAsync(60_000)
    expect(clock.pendingTimers).toBe(0)
  })
})

describe('an aborted call rejects with CANCELLED at once, releases its place and leaves no timer', () => {
  it.each(everyPolicy)('%s, before it begins', async (_, create) => {
    const clock = createFakeClock()
    const call = create(clock)(() => expect.unreachable(), { signal: AbortSignal.abort() })
    await expect(call).rejects.toMatchObject({ code: 'CANCELLED' })
    expect(clock.pendingTimers).toBe(0)
  })

  it.each(everyPolicy)('%s, while it runs', async (_, create) => {
    const clock = createFakeClock()
    const execute = create(clock)
    const { signal, abort } = controllerOf()
    let inner: AbortSignal | undefined
    const call = execute(
      (attempt) => {
        inner = attempt.signal
        return never()
      },
      { signal },
    )
    call.catch(() => {})
    await settle(clock)
    abort()
    await expect(call).rejects.toMatchObject({ code: 'CANCELLED', details: { outcome: 'unknown' } })
    expect([inner?.aborted, getEventListeners(signal, 'abort').length]).toEqual([true, 0])
    expect(await execute(async () => 'next')).toEqual(expect.anything())
    // One timer serves all deadlines of a policy; it finds nothing and is not set again.
    expect(clock.pendingTimers).toBeLessThanOrEqual(1)
    await clock.advanceAsync(60_000)
    expect(clock.pendingTimers).toBe(0)
  })

  it.each(['retry', 'standard', 'standard, propagated'])('%s, while it waits to try again', async (name) => {
    const clock = createFakeClock()
    const { signal, abort } = controllerOf()
    let attempts = 0
    const work = (): Promise<never> => {
      attempts += 1
      return Promise.reject(failure())
    }
    const call = policies[name]?.(clock)(work, { signal })
    call?.catch(() => {})
    await clock.advanceAsync(50)
    abort()
    await expect(call).rejects.toMatchObject({ code: 'CANCELLED' })
    await clock.advanceAsync(60_000)
    expect([attempts, clock.pendingTimers, getEventListeners(signal, 'abort').length]).toEqual([1, 0, 0])
  })

  it('bulkhead, while it waits for a place, and those behind it move up', async () => {
    const clock = createFakeClock()
    const policy = bulkhead({ clock, limit: 1, queue: 5, queueTimeoutMs: 60_000 })
    const { signal, abort } = controllerOf()
    const first = Promise.withResolvers<void>()
    const running = policy.execute(() => first.promise)
    const waiting = policy.execute(() => expect.unreachable(), { signal })
    const behind = policy.execute(async () => 'behind')
    waiting.catch(() => {})
    await settle(clock)
    abort()
    await expect(waiting).rejects.toMatchObject({ code: 'CANCELLED' })
    expect([policy.running, policy.waiting]).toEqual([1, 1])
    first.resolve()
    expect([await running, await behind, policy.running, policy.waiting]).toEqual([undefined, 'behind', 0, 0])
    expect(getEventListeners(signal, 'abort')).toHaveLength(0)
  })
})

describe('a clock that jumps backwards harms nothing', () => {
  const day = 24 * 60 * 60 * 1000

  it('the wall clock: nothing that counts time hears of it', async () => {
    const clock = createFakeClock()
    const policy = standard({
      clock,
      timeoutMs: 1000,
      retry: { retries: 2, jitter: 'none' },
      breaker: { trip: { kind: 'rate-window', windowMs: 1000, failureRate: 1, minimumCalls: 3 }, openMs: 500 },
    })
    const starts: number[] = []
    const failed = policy.execute(() => {
      starts.push(clock.monotonicNow())
      clock.setWall(clock.wallNow() - day)
      return Promise.reject(failure())
    })
    failed.catch(() => {})
    await clock.advanceAsync(400)
    await expect(failed).rejects.toMatchObject({ code: 'UNAVAILABLE', details: { attempts: 3 } })
    expect([starts, policy.state()]).toEqual([[0, 100, 300], 'open'])
    clock.setWall(clock.wallNow() - day)
    await clock.advanceAsync(399)
    expect(policy.state()).toBe('open')
    await clock.advanceAsync(1)
    expect(policy.state()).toBe('half-open')
    const late = policy.execute(never)
    late.catch(() => {})
    clock.setWall(clock.wallNow() - day)
    await clock.advanceAsync(1000)
    await expect(late).rejects.toMatchObject({ code: 'TIMEOUT' })
  })

  it.each(everyPolicy)(
    'the monotonic clock under %s: later calls are answered as if nothing had been',
    async (_, create) => {
      const clock = createFakeClock()
      let offsetMs = 0
      const jumping: FakeClock = { ...clock, monotonicNow: () => clock.monotonicNow() + offsetMs }
      clock.advance(day)
      const execute = create(jumping)
      expect(await execute(async () => 1)).toEqual(expect.anything())
      const hanging = execute(never, { signal: AbortSignal.abort() })
      await expect(hanging).rejects.toMatchObject({ code: 'CANCELLED' })
      offsetMs = -day
      for (let call = 0; call < 20; call++) expect(await execute(async () => 1)).toEqual(expect.anything())
      await clock.advanceAsync(60_000)
      expect(await execute(async () => 1)).toEqual(expect.anything())
    },
  )

  it.each(['retry', 'standard'])(
    'the monotonic clock under %s: a call that failed is made again in time',
    async (name) => {
      const clock = createFakeClock()
      let offsetMs = 0
      const jumping: FakeClock = { ...clock, monotonicNow: () => clock.monotonicNow() + offsetMs }
      clock.advance(day)
      const call = policies[name]?.(jumping)(({ attempt }) => {
        offsetMs -= day / 10
        return attempt < 3 ? Promise.reject(failure()) : Promise.resolve(attempt)
      })
      await clock.advanceAsync(300)
      expect(await call).toBe(3)
    },
  )
})

describe('a breaker never loses its half-open probe when the probe is aborted', () => {
  const openMs = 1000
  const breaker = { trip: { kind: 'consecutive', failures: 1 }, openMs } as const
  const guards: Readonly<
    Record<string, (clock: FakeClock) => { readonly execute: Execute; readonly state: () => string }>
  > = {
    circuitBreaker: (clock) => circuitBreaker({ ...breaker, clock }),
    standard: (clock) => standard({ timeoutMs: 100, retry: { retries: 0 }, breaker, clock }),
    'circuitBreaker in a timeout': (clock) => {
      const [outer, inner] = [timeout({ timeoutMs: 100, clock }), circuitBreaker({ ...breaker, clock })]
      return {
        state: () => inner.state(),
        execute: (work, options) => outer.execute((attempt) => inner.execute(work, attempt), options),
      }
    },
  }

  it.each(Object.entries(guards))('%s: by its caller, a hundred times', async (_, create) => {
    const clock = createFakeClock()
    const { execute, state } = create(clock)
    await execute(() => Promise.reject(failure())).catch(() => {})
    clock.advance(openMs)
    for (let time = 0; time < 100; time++) {
      const { signal, abort } = controllerOf()
      const probe = execute(never, { signal })
      probe.catch(() => {})
      await settle(clock)
      await expect(execute(() => expect.unreachable())).rejects.toMatchObject({ reason: 'CIRCUIT_OPEN' })
      abort()
      await expect(probe).rejects.toMatchObject({ code: 'CANCELLED' })
      expect(state()).toBe('half-open')
    }
    expect([await execute(async () => 'OK'), state()]).toEqual(['OK', 'closed'])
  })

  it.each(['standard', 'circuitBreaker in a timeout'])('%s: by its deadline, which is a failure', async (name) => {
    const clock = createFakeClock()
    const { execute, state } = guards[name]?.(clock) ?? expect.unreachable()
    await execute(() => Promise.reject(failure())).catch(() => {})
    for (let time = 0; time < 10; time++) {
      await clock.advanceAsync(openMs)
      const probe = execute(never)
      probe.catch(() => {})
      await clock.advanceAsync(100)
      await expect(probe).rejects.toMatchObject({ code: 'TIMEOUT' })
      expect(state()).toBe('open')
    }
    await clock.advanceAsync(openMs)
    expect([await execute(async () => 'OK'), state()]).toEqual(['OK', 'closed'])
  })

  it.each(Object.entries(guards))('%s: or when it throws before it has begun', async (_, create) => {
    const clock = createFakeClock()
    const { execute, state } = create(clock)
    await execute(() => Promise.reject(failure())).catch(() => {})
    clock.advance(openMs)
    await expect(execute(boom)).rejects.toThrow('boom')
    expect(state()).toBe('open')
    clock.advance(openMs)
    expect([await execute(async () => 'OK'), state()]).toEqual(['OK', 'closed'])
  })
})

const controllerOf = (): { readonly signal: AbortSignal; readonly abort: () => void } => {
  const controller = new AbortController()
  return { signal: controller.signal, abort: () => controller.abort() }
}
