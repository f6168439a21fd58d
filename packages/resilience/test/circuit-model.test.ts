import { HoldfastError } from '@holdfast/contracts'
import { createFakeClock } from '@holdfast/testkit'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { circuitBreaker } from '../src/index.ts'

/** What a test does to a breaker: begins a call, ends one of those that run, lets time pass, or plays the operator. */
const steps = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.record({ kind: fc.constant('begin' as const) }) },
    {
      weight: 6,
      arbitrary: fc.record({
        kind: fc.constant('end' as const),
        which: fc.nat(),
        how: fc.constantFrom('answer' as const, 'failure' as const, 'failure' as const, 'abort' as const),
      }),
    },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 1500 }) }) },
    // Many at once, of which the failures may come first.
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant('burst' as const),
        failuresFirst: fc.integer({ min: 0, max: 3 }),
        answers: fc.array(fc.constantFrom('answer' as const, 'answer' as const, 'failure' as const), { maxLength: 8 }),
      }),
    },
    // What leads to a circuit that is half-open, which chance alone seldom does.
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('trip' as const) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('isolate' as const, 'reset' as const) }) },
  ),
  { maxLength: 120 },
)

const openMs = 1000
const failures = 2
const window = { size: 4, failureRate: 0.5, minimumCalls: failures }
const trips = {
  'failures in a row': { kind: 'consecutive', failures },
  'a share of failures': { kind: 'count-window', ...window },
} as const

/** What the last outcomes say of a dependency. */
const isDead = (kind: keyof typeof trips, outcomes: readonly boolean[]): boolean => {
  if (kind === 'failures in a row') return outcomes.length >= failures && outcomes.slice(-failures).every((one) => one)
  const last = outcomes.slice(-window.size)
  return last.length >= window.minimumCalls && last.filter((one) => one).length >= last.length * window.failureRate
}

/** A breaker as one would explain it to a person: what it is now, since when, and which calls belong to that. */
const createModel = (halfOpenProbes: number, kind: keyof typeof trips) => {
  let state: 'closed' | 'open' | 'half-open' | 'isolated' = 'closed'
  let openedAt = 0
  /** Whether each call failed, since it was closed for no other reason than that it should be. */
  let outcomes: boolean[] = []
  let answered = 0
  /** Calls that were under way when a share of failures opened it: they may still speak for the dependency. */
  let late = new Set<number>()
  /** Calls that were let through in the present state; others are of no interest any more. */
  let belonging = new Set<number>()

  const become = (next: typeof state): void => {
    if (next === 'closed') outcomes = []
    state = next
    answered = 0
    late = new Set()
    belonging = new Set()
  }
  const lookAtClock = (now: number): void => {
    if (state === 'open' && now >= openedAt + openMs) become('half-open')
  }
  const open = (now: number): void => {
    const underWay = state === 'closed' && kind === 'a share of failures' ? belonging : new Set<number>()
    become('open')
    openedAt = now
    late = underWay
  }
  return {
    state(now: number) {
      lookAtClock(now)
      return state
    },
    begin(call: number, now: number): boolean {
      lookAtClock(now)
      const isAdmitted = state === 'closed' || (state === 'half-open' && belonging.size + answered < halfOpenProbes)
      if (isAdmitted) belonging.add(call)
      return isAdmitted
    },
    end(call: number, how: 'answer' | 'failure' | 'abort', now: number): void {
      const isLate = late.delete(call)
      if ((!belonging.delete(call) && !isLate) || how === 'abort') return
      const isFailure = how === 'failure'
      if (isLate) {
        outcomes.push(isFailure)
        if (isDead(kind, outcomes)) return
        state = 'closed'
        belonging = late
        late = new Set()
      } else if (state === 'half-open') {
        if (isFailure) open(now)
        else {
          answered += 1
          if (answered >= halfOpenProbes) become('closed')
        }
      } else {
        outcomes.push(isFailure)
        if (isFailure && isDead(kind, outcomes)) open(now)
      }
    },
    isolate: () => become('isolated'),
    reset: () => become('closed'),
  }
}

/** The names of the trips, with their types. */
const kinds = ['failures in a row', 'a share of failures'] as const

it.each(kinds)('goes through its states as the model does, and always finds its way back: %s', async (kind) => {
  const seen = new Set<string>()
  let takenBack = 0
  await fc.assert(
    fc.asyncProperty(steps, fc.integer({ min: 1, max: 3 }), async (script, halfOpenProbes) => {
      const clock = createFakeClock()
      const breaker = circuitBreaker({ trip: trips[kind], openMs, halfOpenProbes, clock })
      const model = createModel(halfOpenProbes, kind)
      const running: Running[] = []
      let begun = 0

      const begin = async (): Promise<boolean> => {
        const { promise, resolve, reject } = Promise.withResolvers<string>()
        const controller = new AbortController()
        let isAdmitted = false
        const work = (): Promise<string> => {
          isAdmitted = true
          return promise
        }
        const outcome = breaker.execute(work, { signal: controller.signal }).then(
          () => 'answer',
          (error: unknown) => (HoldfastError.is(error) ? (error.reason ?? error.code) : error),
        )
        const call = begun++
        if (isAdmitted)
          running.push({ call, resolve: () => resolve('OK'), reject, abort: () => controller.abort(), outcome })
        else expect(await outcome).toBe('CIRCUIT_OPEN')
        seen.add(`${model.state(clock.monotonicNow())}, ${isAdmitted ? 'let through' : 'refused'}`)
        expect(isAdmitted).toBe(model.begin(call, clock.monotonicNow()))
        return isAdmitted
      }
      const end = async (which: number, how: 'answer' | 'failure' | 'abort'): Promise<void> => {
        const [ended] = running.splice(which % running.length, 1)
        if (ended === undefined) return
        const before = breaker.state()
        if (how === 'answer') ended.resolve()
        else if (how === 'failure') ended.reject(unavailable())
        else ended.abort()
        expect(await ended.outcome).toBe({ answer: 'answer', failure: 'UNAVAILABLE', abort: 'CANCELLED' }[how])
        model.end(ended.call, how, clock.monotonicNow())
        if (before === 'open' && breaker.state() === 'closed') takenBack += 1
      }

      for (const step of script) {
        if (step.kind === 'begin') await begin()
        else if (step.kind === 'end') await end(step.which, step.how)
        else if (step.kind === 'wait') clock.advance(step.ms)
        else if (step.kind === 'burst') {
          const others = running.length
          const ends = [...Array.from({ length: step.failuresFirst }, () => 'failure' as const), ...step.answers]
          for (const _ of ends) await begin()
          // Whoever was let through ends in the order in which he began, those from before stay.
          for (const how of ends) if (running.length > others) await end(others, how)
        } else if (step.kind === 'trip') {
          for (let failure = 0; failure < failures; failure++) {
            if (await begin()) await end(running.length - 1, 'failure')
          }
          clock.advance(openMs)
        } else {
          breaker[step.kind]()
          model[step.kind]()
        }
        expect(breaker.state()).toBe(model.state(clock.monotonicNow()))
      }

      // Whatever has happened: when nothing runs any more and the time is over, it is not half-open for ever.
      if (breaker.state() === 'isolated') breaker.reset()
      while (running.length > 0) await end(0, 'abort')
      clock.advance(openMs)
      for (let probe = 0; probe < halfOpenProbes; probe++) expect(await breaker.execute(async () => 'OK')).toBe('OK')
      expect(breaker.state()).toBe('closed')
    }),
    { numRuns: 300 },
  )
  // For finding out that hardly one is any more.
  if (kind === 'a share of failures') expect(takenBack).toBeGreaterThan(20)
  else expect(takenBack).toBe(0)
  expect([...seen].sort()).toEqual([
    'closed, let through',
    'half-open, let through',
    'half-open, refused',
    'isolated, refused',
    'open, refused',
  ])
})

/** A call that has been let through and not ended. */
interface Running {
  readonly call: number
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
  readonly abort: () => void
  readonly outcome: Promise<unknown>
}

const unavailable = (): HoldfastError =>
  new HoldfastError({ code: 'UNAVAILABLE', source: 'test', operation: 'ask', message: 'No.', hint: 'None.' })
