import {
  abortable,
  type CallOptions,
  createEventHub,
  createProblems,
  type HealthReport,
  type HealthStatus,
  HoldfastError,
  redactText,
  silentLogger,
  systemClock,
  toTimestamp,
} from '@holdfast/contracts'
import { safeLogger } from '../safe-logger.ts'
import { source } from '../source.ts'
import type { Health, HealthCheck, HealthCheckReport, HealthEvents, HealthSummary, Readiness } from './health.ts'
import {
  checkHealthOptions,
  defaultHealthHistorySize,
  type HealthOptions,
  requireCheck,
  settingsOf,
} from './health-options.ts'
import { type WatchedCheck, watchCheck } from './watched-check.ts'

/**
 * Puts the health of everything a service needs together. A check is asked only when somebody wants to know, at most once
 * in `cacheMs` however many ask, and never for longer than its `timeoutMs`: probes cannot storm a backend that is in
 * trouble already. `healthEndpoints` makes `/healthz`, `/readyz` and `/startupz` of it. It holds nothing and needs no
 * `close`. Throws INVALID_ARGUMENT with every problem.
 */
export const createHealth = (options: HealthOptions = {}): Health => {
  checkHealthOptions(options)
  const { clock = systemClock, historySize = defaultHealthHistorySize, startup: startedBy = 'ready' } = options
  const logger = safeLogger(options.logger ?? silentLogger)
  const events = createEventHub<HealthEvents>(logger, source)
  const checks = new Map<string, WatchedCheck>()
  let notReady: { readonly reason: string } | undefined
  let hasStarted = false

  const changed = (check: string, report: HealthReport, before: HealthReport | undefined): void => {
    const { status: to, reason } = report
    const from = before?.status
    if (to !== 'up') logger.warn({ check, from, to, reason }, 'a health check is not up')
    else if (from !== undefined) logger.info({ check, from, to }, 'a health check is up again')
    events.emit('health.changed', () => ({ check, from, to, reason }))
  }
  const put = (name: string, check: HealthCheck): WatchedCheck => {
    const watched = watchCheck({
      settings: settingsOf(check, options),
      historySize,
      clock,
      onChanged: (report, before) => changed(name, report, before),
    })
    checks.set(name, watched)
    return watched
  }
  const summarize = async (): Promise<HealthSummary> => {
    const beganAt = clock.monotonicNow()
    const reports = await Promise.all(
      [...checks].map(async ([name, check]) => [name, { ...(await check.read()), critical: check.critical }] as const),
    )
    const status = statusOf(reports.map(([, report]) => report))
    if (status !== 'down' && startedBy === 'ready') hasStarted = true
    const reason = reasonOf(reports)
    return {
      status,
      ...(reason === '' ? {} : { reason }),
      latencyMs: Math.round((clock.monotonicNow() - beganAt) * 1000) / 1000,
      checkedAt: toTimestamp(clock.wallNow()),
      checks: Object.fromEntries(reports),
    }
  }

  const offReason = (): string | undefined => notReady?.reason

  const health: Health = {
    events,
    check: ({ signal }: CallOptions = {}) => abortable(summarize(), signal, { source, operation: 'check' }),
    async health(options) {
      const { checks: reports, ...whole } = await health.check(options)
      return {
        ...whole,
        details: Object.fromEntries(Object.entries(reports).map(([name, { status }]) => [name, status])),
      }
    },
    add(name, check) {
      const problems = createProblems(source, 'add')
      problems.require(typeof name === 'string' && name.length > 0, 'name', name, 'text that is not empty')
      requireCheck(problems, 'check', check)
      problems.throwIfAny()
      if (checks.has(name)) throw alreadyThere(name)
      const watched = put(name, check)
      return () => {
        if (checks.get(name) === watched) checks.delete(name)
      }
    },
    history: (name) => [...(checks.get(name)?.history ?? [])],
    setReady(isReady, reason = 'switched off') {
      const before = notReady
      notReady = isReady ? undefined : { reason: redactText(reason) }
      if ((before === undefined) === isReady) return
      logger.info({ isReady, reason: notReady?.reason }, isReady ? 'readiness is on' : 'readiness is off')
      events.emit('readiness.changed', () => ({ isReady, reason: notReady?.reason }))
    },
    markStarted() {
      hasStarted = true
    },
    async readiness(options) {
      const off = offReason()
      if (off !== undefined) return { isReady: false, reason: off }
      if (!hasStarted && startedBy === 'manual') return notStarted
      const summary = await health.check(options)
      // It may have been switched off while the checks were asked.
      const reason = offReason()
      if (reason !== undefined) return { isReady: false, reason, summary }
      return readinessOf(summary.status !== 'down', summary)
    },
    async startup(options) {
      if (hasStarted) return { isReady: true }
      if (startedBy === 'manual') return notStarted
      const summary = await health.check(options)
      return readinessOf(hasStarted, summary)
    },
  }
  for (const [name, check] of Object.entries(options.checks ?? {})) put(name, check)
  options.metrics?.observe(
    {
      name: 'holdfast_health_status',
      help: 'Health of each check as of its last answer: 1 up, 0.5 degraded, 0 down.',
      labels: ['check'],
    },
    (observe) => {
      for (const [check, { last }] of checks) if (last !== undefined) observe(weights[last.status], { check })
    },
  )
  return health
}

const weights: Readonly<Record<HealthStatus, number>> = { up: 1, degraded: 0.5, down: 0 }

const notStarted: Readiness = { isReady: false, reason: 'the service has not started yet' }

const readinessOf = (isReady: boolean, summary: HealthSummary): Readiness => ({
  isReady,
  ...(isReady || summary.reason === undefined ? {} : { reason: summary.reason }),
  summary,
})

const statusOf = (reports: readonly HealthCheckReport[]): HealthStatus =>
  reports.some(({ critical, status }) => critical && status === 'down')
    ? 'down'
    : reports.some(({ status }) => status !== 'up')
      ? 'degraded'
      : 'up'

const reasonOf = (reports: readonly (readonly [string, HealthCheckReport])[]): string =>
  reports
    .filter(([, { status }]) => status !== 'up')
    .map(([name, { status, reason }]) => `${name} is ${status}${reason === undefined ? '' : `: ${reason}`}`)
    .join('; ')

const alreadyThere = (name: string): HoldfastError =>
  new HoldfastError({
    code: 'ALREADY_EXISTS',
    source,
    operation: 'add',
    message: `There is a health check called ${JSON.stringify(name)} already.`,
    hint: 'Remove that one first, or choose another name.',
    details: { name },
  })
