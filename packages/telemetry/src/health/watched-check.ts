import { type Clock, type HealthReport, toTimestamp } from '@holdfast/contracts'
import type { HealthCheckSettings } from './health-options.ts'
import { probeHealth } from './probe-health.ts'

/** A check that is asked by many and asks its backend seldom. */
export interface WatchedCheck {
  readonly critical: boolean
  /** The answer: the last one while it is fresh, that of the probe under way, or of a new one. Never rejects. */
  read(): Promise<HealthReport>
  readonly last: HealthReport | undefined
  readonly history: readonly HealthReport[]
}

/** What a {@link WatchedCheck} is made of. */
export interface WatchedCheckOptions {
  readonly settings: HealthCheckSettings
  readonly historySize: number
  readonly clock: Clock
  /** Hears of each answer with another status than the one before. */
  readonly onChanged: (report: HealthReport, from: HealthReport | undefined) => void
}

/**
 * After how many timeouts a probe that has not even noticed its abort is taken for lost, and a new one may begin: until
 * then a backend that hangs holds one probe, not one for each request.
 */
const lostAfterTimeouts = 10

/** Makes a {@link WatchedCheck}. */
export const watchCheck = ({ settings, historySize, clock, onChanged }: WatchedCheckOptions): WatchedCheck => {
  const { timeoutMs, cacheMs, critical } = settings
  const history: HealthReport[] = []
  let freshUntil = Number.NEGATIVE_INFINITY
  let asking: Promise<HealthReport> | undefined
  /** When the probe began that has been given up and has not ended. */
  let hanging: { readonly since: number } | undefined

  const keep = (report: HealthReport): HealthReport => {
    const before = history.at(-1)
    history.push(report)
    if (history.length > historySize) history.shift()
    freshUntil = clock.monotonicNow() + cacheMs
    if (before?.status !== report.status) onChanged(report, before)
    return report
  }
  const ask = (): Promise<HealthReport> => {
    const now = clock.monotonicNow()
    if (hanging !== undefined && now - hanging.since < timeoutMs * lostAfterTimeouts) {
      return Promise.resolve(keep(stillHanging(now - hanging.since, clock)))
    }
    const probe = probeHealth(settings, clock)
    const own = { since: now }
    asking = probe.answer.then(({ report, isHanging }) => {
      asking = undefined
      hanging = isHanging ? own : undefined
      probe.ended.then(() => {
        if (hanging === own) hanging = undefined
      })
      return keep(report)
    })
    return asking
  }
  return {
    critical,
    read() {
      const last = history.at(-1)
      if (last !== undefined && clock.monotonicNow() < freshUntil) return Promise.resolve(last)
      return asking ?? ask()
    },
    get last() {
      return history.at(-1)
    },
    history,
  }
}

const stillHanging = (sinceMs: number, clock: Clock): HealthReport => ({
  status: 'down',
  reason: `the last probe has not ended for ${Math.round(sinceMs)} ms`,
  latencyMs: Math.round(sinceMs),
  checkedAt: toTimestamp(clock.wallNow()),
})
