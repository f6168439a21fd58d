import { type CallOptions, type Clock, type HealthReport, redactText, toTimestamp } from '@holdfast/contracts'
import { errorFactsOf } from '../calls/error-facts.ts'
import type { HealthVerdict } from './health.ts'
import type { HealthCheckSettings } from './health-options.ts'

/** One probe under way. */
export interface RunningProbe {
  /** The answer, at the deadline at the latest, and whether the probe goes on although it was given up. Never rejects. */
  readonly answer: Promise<{ readonly report: HealthReport; readonly isHanging: boolean }>
  /** Settles when the probe has really come to an end, which for a broken one is never. */
  readonly ended: Promise<void>
}

/** Asks a check once and gives it up at its deadline. Whatever it answers with, nothing in the report is a secret. */
export const probeHealth = ({ check, timeoutMs }: HealthCheckSettings, clock: Clock): RunningProbe => {
  const beganAt = clock.monotonicNow()
  const controller = new AbortController()
  const reportOf = (verdict: NonNullable<HealthVerdict>): HealthReport => ({
    status: verdict.status,
    ...(verdict.reason === undefined ? {} : { reason: redactText(String(verdict.reason)) }),
    latencyMs: Math.round((clock.monotonicNow() - beganAt) * 1000) / 1000,
    checkedAt: toTimestamp(clock.wallNow()),
    ...(verdict.details === undefined ? {} : { details: redactedDetails(verdict.details) }),
  })
  const work = ask(check, { signal: controller.signal, deadline: beganAt + timeoutMs })
  const answer: RunningProbe['answer'] = new Promise((resolve) => {
    const timer = clock.setTimer(() => {
      controller.abort(new DOMException('The health check took too long.', 'TimeoutError'))
      const report = reportOf({ status: 'down', reason: `no answer within ${timeoutMs} ms` })
      resolve({ report, isHanging: true })
    }, timeoutMs)
    work.then((verdict) => {
      timer.cancel()
      resolve({ report: reportOf(verdict), isHanging: false })
    })
  })
  return { answer, ended: work.then(() => undefined) }
}

const ask = async (check: HealthCheckSettings['check'], options: CallOptions): Promise<NonNullable<HealthVerdict>> => {
  try {
    const verdict = await (typeof check === 'function' ? check(options) : check.health(options))
    if (verdict === undefined) return { status: 'up' }
    if (statuses.has(verdict.status)) return verdict
    return { status: 'down', reason: 'the check answered without a status' }
  } catch (error) {
    const { type, message } = errorFactsOf(error)
    return { status: 'down', reason: message === undefined ? `the check threw ${type}` : `${type}: ${message}` }
  }
}

const statuses: ReadonlySet<unknown> = new Set(['up', 'degraded', 'down'])

const redactedDetails = (details: NonNullable<HealthReport['details']>): NonNullable<HealthReport['details']> =>
  Object.fromEntries(
    Object.entries(details).map(([name, value]) => [name, typeof value === 'string' ? redactText(value) : value]),
  )
