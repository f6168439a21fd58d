import { type CallOptions, compose, type Operations } from '@holdfast/contracts'
import { circuitBreaker, retry, standard, timeout } from '@holdfast/resilience'
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
import pTimeout from 'p-timeout'
import type { Figures, Subject } from '../area.ts'
import { timePerAsyncCall } from '../time-per-call.ts'

/** What every subject calls: the least that is asynchronous. */
const ask = async (): Promise<number> => 1

interface Source {
  ask(options?: CallOptions): Promise<number>
}
const operations: Operations<Source> = {
  ask: { kind: 'unary', effect: 'read', idempotent: true, options: 0 },
}

const timeoutMs = 5000
const { signal } = new AbortController()

/** Awaits every call of a batch and answers with their sum. */
const batchOf =
  (call: () => Promise<number>) =>
  async (calls: number): Promise<number> => {
    let sum = 0
    for (let count = 0; count < calls; count++) sum += await call()
    return sum
  }

/** Times each row is measured in turn. The least counts: work beside this one can only add, and for seconds on end. */
const passes = 5

const subject = (name: string, rows: Readonly<Record<string, () => Promise<number>>>): Subject => ({
  name,
  async measure() {
    const figures: Record<string, number> = {}
    for (let pass = 0; pass < passes; pass++) {
      for (const [row, call] of Object.entries(rows)) {
        const warmUpMs = pass === 0 ? 300 : 30
        const figure = await timePerAsyncCall(batchOf(call), { warmUp: 2, warmUpMs, batchMs: 0.2, batches: 100 })
        figures[row] = Math.min(figure, figures[row] ?? figure)
      }
    }
    const measured: Figures = figures
    return measured
  },
})

const fused = standard({ timeoutMs })
const propagating = standard({ timeoutMs, propagate: true })
const layered = compose<Source, Source>(
  { ask },
  timeout({ timeoutMs }).layer(operations),
  retry().layer(operations),
  circuitBreaker().layer(operations),
)
const signalled = { signal }
const cockatielPolicy = wrap(
  cockatielRetry(handleAll, { maxAttempts: 5, backoff: new ExponentialBackoff() }),
  cockatielBreaker(handleAll, { halfOpenAfter: 10_000, breaker: new ConsecutiveBreaker(5) }),
  cockatielTimeout(timeoutMs, TimeoutStrategy.Aggressive),
)
const opossum: { fire(): Promise<number> } = new CircuitBreaker(ask, { timeout: timeoutMs })

/** Ours, the floor, and the libraries of npm, each as its documentation says. */
export const resilienceSubjects: readonly Subject[] = [
  subject('bare await', { call: ask, 'call, propagated': ask, "call, caller's signal": ask }),
  subject('holdfast standard', {
    call: () => fused.execute(ask),
    'call, propagated': () => propagating.execute(ask),
    "call, caller's signal": () => fused.execute(ask, signalled),
  }),
  subject('holdfast standard, layer', { call: standardLayer() }),
  subject('holdfast composed', {
    call: () => layered.ask(),
    "call, caller's signal": () => layered.ask(signalled),
  }),
  subject('cockatiel, all three', {
    call: () => cockatielPolicy.execute(ask),
    "call, caller's signal": () => cockatielPolicy.execute(ask, signal),
  }),
  subject('opossum', { call: () => opossum.fire() }),
  subject('p-retry', { call: () => pRetry(ask), "call, caller's signal": () => pRetry(ask, signalled) }),
  subject('p-timeout', { call: () => pTimeout(ask(), { milliseconds: timeoutMs }) }),
  subject('p-retry + opossum', { call: () => pRetry(() => opossum.fire()) }),
]

function standardLayer(): () => Promise<number> {
  const source = standard({ timeoutMs }).layer(operations)<Source>({ ask })
  return () => source.ask()
}
