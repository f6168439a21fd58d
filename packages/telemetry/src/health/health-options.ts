import { type Clock, createProblems, type Logger, type Metrics, type Problems } from '@holdfast/contracts'
import { source } from '../source.ts'
import type { HealthCheck, HealthCheckOptions } from './health.ts'

/** Options of {@link createHealth}. */
export interface HealthOptions {
  /** What is asked, by name. */
  readonly checks?: Readonly<Record<string, HealthCheck>> | undefined
  /** How long a probe may take in milliseconds. Default 800: Kubernetes gives a probe one second (`timeoutSeconds: 1`) and then hears no reason. */
  readonly timeoutMs?: number | undefined
  /** How long an answer is good for, in milliseconds, however many ask: the backend sees one probe in this time. Default 1000. */
  readonly cacheMs?: number | undefined
  /** How many answers are kept for each check. Default 20. */
  readonly historySize?: number | undefined
  /** `ready`: the start is done when no critical check was down once. `manual`: when `markStarted` was called. Default `ready`. */
  readonly startup?: 'ready' | 'manual' | undefined
  /** Hears of every change. */
  readonly logger?: Logger | undefined
  /** Gets a gauge `holdfast_health_status` with a label `check`: 1 up, 0.5 degraded, 0 down, as of the last answer. */
  readonly metrics?: Metrics | undefined
  readonly clock?: Clock | undefined
}

/** A check and what holds for it. */
export interface HealthCheckSettings {
  readonly check: HealthCheckOptions['check']
  readonly critical: boolean
  readonly timeoutMs: number
  readonly cacheMs: number
}

/** Default of {@link HealthOptions.timeoutMs}; https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/ */
export const defaultHealthTimeoutMs = 800
/** Default of {@link HealthOptions.cacheMs}. */
export const defaultHealthCacheMs = 1000
/** Default of {@link HealthOptions.historySize}. */
export const defaultHealthHistorySize = 20

/** Throws INVALID_ARGUMENT with every problem. */
export const checkHealthOptions = (options: HealthOptions): void => {
  const problems = createProblems(source, 'createHealth')
  const { checks = {}, historySize = defaultHealthHistorySize, startup = 'ready' } = options
  requireTimes(problems, '', options)
  problems.require(
    Number.isInteger(historySize) && historySize >= 1,
    'historySize',
    historySize,
    'a whole number of at least 1',
  )
  problems.require(startup === 'ready' || startup === 'manual', 'startup', startup, 'ready or manual')
  problems.require(typeof checks === 'object' && checks !== null, 'checks', checks, 'an object of checks by name')
  for (const [name, check] of Object.entries(checks ?? {})) requireCheck(problems, `checks.${name}`, check)
  problems.throwIfAny()
}

/** Notes what is wrong with a check. */
export const requireCheck = (problems: Problems, path: string, check: HealthCheck): void => {
  if (isProbe(check)) return
  const options: Partial<HealthCheckOptions> = Object(check)
  problems.require(
    isProbe(options.check),
    path,
    check,
    'something with health(), a function, or { check } with options',
  )
  requireTimes(problems, `${path}.`, options)
}

/** Fills in what holds for all checks. */
export const settingsOf = (check: HealthCheck, options: HealthOptions): HealthCheckSettings => {
  const given: HealthCheckOptions = typeof check === 'function' || 'health' in check ? { check } : check
  return {
    check: given.check,
    critical: given.critical ?? true,
    timeoutMs: given.timeoutMs ?? options.timeoutMs ?? defaultHealthTimeoutMs,
    cacheMs: given.cacheMs ?? options.cacheMs ?? defaultHealthCacheMs,
  }
}

const isProbe = (check: unknown): boolean =>
  typeof check === 'function' || typeof Reflect.get(Object(check), 'health') === 'function'

const requireTimes = (
  problems: Problems,
  prefix: string,
  { timeoutMs = 1, cacheMs = 0 }: { readonly timeoutMs?: number | undefined; readonly cacheMs?: number | undefined },
): void => {
  problems.require(timeoutMs > 0 && timeoutMs < 2 ** 31, `${prefix}timeoutMs`, timeoutMs, 'milliseconds, more than 0')
  problems.require(cacheMs >= 0, `${prefix}cacheMs`, cacheMs, 'milliseconds, 0 or more')
}
