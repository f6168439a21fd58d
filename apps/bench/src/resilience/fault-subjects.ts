import { retry, standard } from '@holdfast/resilience'
import { seededTcpFaults } from '@holdfast/testkit'
import {
  ConsecutiveBreaker,
  circuitBreaker as cockatielBreaker,
  retry as cockatielRetry,
  timeout as cockatielTimeout,
  ExponentialBackoff,
  handleAll,
  TimeoutStrategy,
  wrap,
} from 'cockatiel'
// opossum has no types of its own; what is used here is written down below.
// @ts-expect-error
import CircuitBreaker from 'opossum'
import pRetry from 'p-retry'
import type { Goal, Row, Subject } from '../area.ts'
import { type FaultyDependency, startFaultyDependency } from './faulty-dependency.ts'

/** How often the dependency is asked for each call while it is down, and how many calls fail when it is now and then. */
const attempts = 'attempts per call, dependency down for 2 s under 1000 calls'
const failures = 'calls that fail, 5 % of connections reset'

type Call = () => Promise<unknown>
/** Makes, of a question, a call that asks it again: up to 3 times, after 10, 20 and 40 ms. */
type Caller = (ask: () => Promise<number>) => Call

const baseDelayMs = 10
const timeoutMs = 5000
const policy = { retries: 3, baseDelayMs } as const
const cockatielBackoff = { maxAttempts: 3, backoff: new ExponentialBackoff({ initialDelay: baseDelayMs }) }

const callers: Readonly<Record<string, Caller>> = {
  'no retry': (ask) => ask,
  'holdfast standard': (ask) => {
    const { execute } = standard({ timeoutMs, retry: policy })
    return () => execute(ask)
  },
  'holdfast retry': (ask) => {
    const { execute } = retry({ policy })
    return () => execute(ask)
  },
  'p-retry': (ask) => () => pRetry(ask, { retries: 3, minTimeout: baseDelayMs }),
  'p-retry + opossum': (ask) => {
    const breaker: { fire(): Promise<number> } = new CircuitBreaker(ask, { timeout: timeoutMs })
    return () => pRetry(() => breaker.fire(), { retries: 3, minTimeout: baseDelayMs })
  },
  'cockatiel retry': (ask) => {
    const retrying = cockatielRetry(handleAll, cockatielBackoff)
    return () => retrying.execute(ask)
  },
  'cockatiel, all three': (ask) => {
    const all = wrap(
      cockatielRetry(handleAll, cockatielBackoff),
      cockatielBreaker(handleAll, { halfOpenAfter: 10_000, breaker: new ConsecutiveBreaker(5) }),
      cockatielTimeout(timeoutMs, TimeoutStrategy.Aggressive),
    )
    return () => all.execute(ask)
  },
}

const succeeds = (call: Promise<unknown>): Promise<boolean> =>
  call.then(
    () => true,
    () => false,
  )

/** 50 calls every tenth of a second, each at its time whatever becomes of the others. */
const attemptsPerCall = async ({ proxy, ask }: FaultyDependency, caller: Caller): Promise<number> => {
  await proxy.setFault({ kind: 'reset' })
  const call = caller(ask)
  const before = proxy.accepted
  const calls: Promise<boolean>[] = []
  for (let tick = 0; tick < 20; tick++) {
    for (let count = 0; count < 50; count++) calls.push(succeeds(call()))
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  await Promise.all(calls)
  return (proxy.accepted - before) / calls.length
}

/** 16 callers, 10,000 calls; the same connections are reset for everybody. */
const failedPercent = async ({ proxy, ask }: FaultyDependency, caller: Caller): Promise<number> => {
  const callCount = 10_000
  await proxy.setPlan(seededTcpFaults({ seed: 5, rate: 0.05 }))
  const call = caller(ask)
  let begun = 0
  let failed = 0
  const callAgain = async (): Promise<void> => {
    while (begun < callCount) {
      begun += 1
      if (!(await succeeds(call()))) failed += 1
    }
  }
  await Promise.all(Array.from({ length: 16 }, callAgain))
  return (failed / callCount) * 100
}

/** Counted at a proxy in front of a server: nothing here depends on how fast the machine is. */
export const faultRows: readonly Row[] = [
  { name: attempts, unit: '×', once: true },
  { name: failures, unit: '%', once: true },
]

/** Ours and the libraries of npm with three retries, with their circuit breakers and without. */
export const faultSubjects: readonly Subject[] = Object.entries(callers).map(([name, caller]) => ({
  name: `${name}, 3 retries`.replace('no retry, 3 retries', 'no retry'),
  async measure({ firstRound }) {
    if (!firstRound) return {}
    const dependency = await startFaultyDependency()
    return {
      [attempts]: await attemptsPerCall(dependency, caller),
      [failures]: await failedPercent(dependency, caller),
    }
  },
}))

/** The goals of both rows, with a circuit breaker and without. */
export const faultGoals: readonly Goal[] = ['holdfast standard, 3 retries', 'holdfast retry, 3 retries'].flatMap(
  (subject) => [
    { row: attempts, subject, atMost: 1.1 },
    { row: failures, subject, atMost: 0.1 },
  ],
)
