import { type ErrorCode, HoldfastError } from '@holdfast/contracts'
import { createFakeClock } from '@holdfast/testkit'
import fc from 'fast-check'
import { expect, it, vi } from 'vitest'
import { circuitBreaker } from './circuit-breaker.ts'
import type { CircuitBreakerOptions } from './circuit-breaker-options.ts'

// Time is fake here: what hangs must not wait for the minute that tests of servers have.
vi.setConfig({ testTimeout: 5000 })

const failure = (code: ErrorCode = 'UNAVAILABLE'): HoldfastError =>
  new HoldfastError({ code, source: 'test', operation: 'ask', message: 'No.', hint: 'None.' })

const fixture = (options: CircuitBreakerOptions = {}) => {
  const clock = createFakeClock()
  const breaker = circuitBreaker({ trip: { kind: 'consecutive', failures: 2 }, openMs: 1000, clock, ...options })
  const ask = (code: ErrorCode | 'OK' = 'OK', key?: string): Promise<string> =>
    breaker
      .execute(() => (code === 'OK' ? Promise.resolve('OK') : Promise.reject(failure(code))), { key })
      .catch((error) => error.reason ?? error.code)
  return { clock, breaker, ask }
}

it('opens after failures in a row, says until when, lets one probe through and closes', async () => {
  const { clock, breaker, ask } = fixture()
  const states: unknown[] = []
  breaker.on('circuit.changed', ({ state }) => states.push(state))
  for (const code of ['UNAVAILABLE', 'OK', 'UNAVAILABLE', 'TIMEOUT'] as const) await ask(code)
  expect(breaker.state()).toBe('open')
  const refused = breaker.execute(() => expect.unreachable(), { operation: 'ask' })
  await expect(refused).rejects.toMatchObject({
    code: 'UNAVAILABLE',
    reason: 'CIRCUIT_OPEN',
    operation: 'ask',
    retryAfterMs: 1000,
    details: { until: '2026-01-01T00:00:01.000Z' },
  })
  clock.advance(1000)
  expect(await ask('UNAVAILABLE')).toBe('UNAVAILABLE')
  expect(await ask()).toBe('CIRCUIT_OPEN')
  clock.advance(1000)
  expect(await ask()).toBe('OK')
  expect(breaker.state()).toBe('closed')
  expect(states).toEqual(['open', 'half-open', 'open', 'half-open', 'closed'])
})

it.each<ErrorCode>(['NOT_FOUND', 'CONFLICT', 'INVALID_ARGUMENT', 'PERMISSION_DENIED', 'CANCELLED'])(
  'is never opened by %s',
  async (code) => {
    const { breaker, ask } = fixture()
    for (let call = 0; call < 50; call++) await ask(code)
    expect(breaker.state()).toBe('closed')
  },
)

it('takes what is no HoldfastError, and the codes it is given, for failures', async () => {
  const { breaker } = fixture()
  for (let call = 0; call < 2; call++) await breaker.execute(() => Promise.reject(new Error('boom'))).catch(() => {})
  expect(breaker.state()).toBe('open')
  const { breaker: own, ask } = fixture({ failureCodes: ['NOT_FOUND'] })
  for (const code of ['UNAVAILABLE', 'UNAVAILABLE', 'NOT_FOUND', 'NOT_FOUND'] as const) await ask(code)
  expect(own.state()).toBe('open')
})

it('counts a slow call as a failure, from the very first moment of the clock', async () => {
  const { clock, breaker } = fixture({ slowCallMs: 100 })
  for (let call = 0; call < 2; call++) await breaker.execute(async () => clock.advance(100))
  expect(breaker.state()).toBe('open')
})

it('runs as many probes as it may, and never loses one that is aborted or runs out of time', async () => {
  const { clock, breaker, ask } = fixture({ halfOpenProbes: 2 })
  await ask('UNAVAILABLE')
  await ask('UNAVAILABLE')
  clock.advance(1000)
  const controller = new AbortController()
  const hanging = [1, 2].map(() => breaker.execute(() => new Promise(() => {}), { signal: controller.signal }))
  expect(await ask()).toBe('CIRCUIT_OPEN')
  controller.abort()
  for (const call of hanging) await expect(call).rejects.toMatchObject({ code: 'CANCELLED' })
  expect([await ask(), breaker.state(), await ask(), breaker.state()]).toEqual(['OK', 'half-open', 'OK', 'closed'])
})

it('lets a call of an earlier state change nothing', async () => {
  const { clock, breaker, ask } = fixture()
  const late = Promise.withResolvers<string>()
  const call = breaker.execute(() => late.promise).catch(() => {})
  await ask('UNAVAILABLE')
  await ask('UNAVAILABLE')
  clock.advance(1000)
  expect(breaker.state()).toBe('half-open')
  late.reject(failure())
  await call
  expect(breaker.state()).toBe('half-open')
})

/** Begins calls all at once; the answer ends the next of them. */
const beginMany = (breaker: ReturnType<typeof circuitBreaker>, count: number) => {
  const under: { readonly resolve: () => void; readonly reject: (error: unknown) => void }[] = []
  const begin = (): Promise<unknown> => {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    under.push({ resolve, reject })
    return breaker.execute(() => promise).catch(() => {})
  }
  const calls = Array.from({ length: count }, begin)
  let ended = 0
  return async (isFailure: boolean, times: number): Promise<void> => {
    for (let time = 0; time < times; time++) {
      const call = under[ended] ?? expect.unreachable()
      if (isFailure) call.reject(failure())
      else call.resolve()
      await calls[ended++]
    }
  }
}

it('takes its opening back when most of the calls that were under way succeed', async () => {
  const { breaker, ask } = fixture({ trip: { kind: 'count-window', size: 10, failureRate: 0.5, minimumCalls: 4 } })
  const states: unknown[] = []
  breaker.on('circuit.changed', ({ state }) => states.push(state))
  const end = beginMany(breaker, 20)
  await end(true, 4)
  expect([breaker.state(), await ask()]).toEqual(['open', 'CIRCUIT_OPEN'])
  await end(false, 4)
  expect([breaker.state(), await ask()]).toEqual(['open', 'CIRCUIT_OPEN'])
  await end(false, 1)
  expect([breaker.state(), await ask()]).toEqual(['closed', 'OK'])
  // Those that are still under way count as before: each takes the place of an earlier failure, until none is left.
  await end(true, 4)
  expect(breaker.state()).toBe('closed')
  await end(true, 1)
  expect([breaker.state(), states]).toEqual(['open', ['open', 'closed', 'open']])
})

it('stays open after failures in a row, when it is isolated, and when its time was over in between', async () => {
  const trip = { kind: 'count-window', size: 10, failureRate: 0.5, minimumCalls: 2 } as const
  const inARow = fixture()
  const endInARow = beginMany(inARow.breaker, 9)
  await endInARow(true, 2)
  await endInARow(false, 7)
  expect(inARow.breaker.state()).toBe('open')
  const isolated = fixture({ trip })
  const endIsolated = beginMany(isolated.breaker, 9)
  await endIsolated(true, 2)
  isolated.breaker.isolate()
  await endIsolated(false, 7)
  expect(isolated.breaker.state()).toBe('isolated')
  isolated.breaker.reset()
  const endAfterReset = beginMany(isolated.breaker, 2)
  isolated.breaker.isolate()
  await endAfterReset(false, 2)
  expect(isolated.breaker.state()).toBe('isolated')
  const { clock, breaker, ask } = fixture({ trip })
  const end = beginMany(breaker, 9)
  await end(true, 2)
  clock.advance(1000)
  expect(await ask('UNAVAILABLE')).toBe('UNAVAILABLE')
  await end(false, 7)
  expect(breaker.state()).toBe('open')
})

it('keeps keys apart, forgets closed ones first, and never has more than it may', async () => {
  const { breaker, ask } = fixture({ perKey: true, maxKeys: 3 })
  await ask('UNAVAILABLE', 'a')
  await ask('UNAVAILABLE', 'a')
  for (let index = 0; index < 100; index++) await ask('OK', `k${index}`)
  expect(breaker.keys).toBe(3)
  expect([breaker.state('a'), breaker.state('k99'), breaker.state('unheard')]).toEqual(['open', 'closed', 'closed'])
})

it('is isolated until it is reset', async () => {
  const { clock, breaker, ask } = fixture()
  breaker.isolate()
  clock.advance(1_000_000)
  expect([breaker.state(), await ask()]).toEqual(['isolated', 'CIRCUIT_OPEN'])
  breaker.reset()
  expect([breaker.state(), await ask()]).toEqual(['closed', 'OK'])
})

it('is harmed neither by a listener that throws nor by clocks that jump back', async () => {
  const clock = createFakeClock()
  let offsetMs = 0
  const jumping = { ...clock, monotonicNow: () => clock.monotonicNow() + offsetMs }
  const { breaker, ask } = fixture({ clock: jumping })
  breaker.on('circuit.changed', () => {
    throw new Error('boom')
  })
  clock.advance(60_000)
  await ask('UNAVAILABLE')
  await ask('UNAVAILABLE')
  offsetMs = -50_000
  expect([await ask(), breaker.state()]).toEqual(['OK', 'closed'])
})

it('refuses options with every problem at once', () => {
  const trip = { kind: 'count-window', size: 0, failureRate: 2, minimumCalls: 0 } as const
  const wrong = { trip, openMs: 0, halfOpenProbes: 0, slowCallMs: 0, failureCodes: ['OOPS'], maxKeys: 0 }
  expect(() => circuitBreaker(wrong as never)).toThrow(
    /failureRate.*minimumCalls.*trip.size.*openMs.*halfOpenProbes.*slowCallMs.*maxKeys.*failureCodes/,
  )
  expect(() => circuitBreaker({ trip: { kind: 'other' } } as never)).toThrow('trip.kind')
  expect(() => circuitBreaker({ trip: { kind: 'rate-window', windowMs: 1, failureRate: 1, minimumCalls: 1 } })).toThrow(
    'windowMs',
  )
})

const outcomes = fc.array(fc.record({ fails: fc.boolean(), waitMs: fc.integer({ min: 0, max: 400 }) }), {
  maxLength: 80,
})

it('has forgotten everything when it closes', async () => {
  const trip = { kind: 'count-window', size: 4, failureRate: 0.5, minimumCalls: 2 } as const
  const { clock, breaker, ask } = fixture({ trip })
  for (const code of ['UNAVAILABLE', 'UNAVAILABLE'] as const) await ask(code)
  clock.advance(1000)
  expect([await ask(), breaker.state()]).toEqual(['OK', 'closed'])
  for (const code of ['OK', 'OK', 'OK', 'OK', 'UNAVAILABLE'] as const) await ask(code)
  expect(breaker.state()).toBe('closed')
  await ask('UNAVAILABLE')
  expect(breaker.state()).toBe('open')
})

it('opens as the model does: a count window', async () => {
  await fc.assert(
    fc.asyncProperty(outcomes, async (steps) => {
      const { breaker, ask } = fixture({ trip: { kind: 'count-window', size: 8, failureRate: 0.5, minimumCalls: 4 } })
      let last: boolean[] = []
      for (const { fails } of steps) {
        await ask(fails ? 'UNAVAILABLE' : 'OK')
        last = [...last, fails].slice(-8)
        const opens = fails && last.length >= 4 && last.filter(Boolean).length >= last.length / 2
        expect(breaker.state()).toBe(opens ? 'open' : 'closed')
        if (!opens) continue
        breaker.reset()
        last = []
      }
    }),
  )
})

it('opens as the model does: a rate window', async () => {
  await fc.assert(
    fc.asyncProperty(outcomes, async (steps) => {
      const trip = { kind: 'rate-window', windowMs: 1000, failureRate: 0.5, minimumCalls: 4 } as const
      const { clock, breaker, ask } = fixture({ trip })
      let last: { readonly slice: number; readonly fails: boolean }[] = []
      for (const { fails, waitMs } of steps) {
        clock.advance(waitMs)
        const slice = Math.floor(clock.monotonicNow() / 100)
        await ask(fails ? 'UNAVAILABLE' : 'OK')
        last = [...last, { slice, fails }].filter((call) => call.slice > slice - 10)
        const opens = fails && last.length >= 4 && last.filter((call) => call.fails).length >= last.length / 2
        expect(breaker.state()).toBe(opens ? 'open' : 'closed')
        if (!opens) continue
        breaker.reset()
        last = []
      }
    }),
  )
})
