import type { Problems } from '@holdfast/contracts'

/** How the health of a resource is checked. */
export interface HealthCheckOptions {
  /** From the beginning of one check to that of the next, in milliseconds. Default 10,000, as in the probes of Kubernetes: what fails is noticed within one. */
  readonly intervalMs?: number | undefined
  /** Share of the interval by which each is shortened at random, so that many do not come at once. 0 to 1; with 0 the first check comes after a whole interval, else at any time within it. Default 0.1. */
  readonly jitter?: number | undefined
  /** How long a check may take. Default 2000, or the interval if that is shorter. */
  readonly timeoutMs?: number | undefined
  /** Checks in a row that must be worse before the resource counts as worse; down, it is quarantined. Default 1. */
  readonly downAfter?: number | undefined
  /** Checks in a row that must be better before the resource counts as better, so that one that flaps stays away. Default 2. */
  readonly upAfter?: number | undefined
  /** Checks of a quarantined resource that may fail in a row before it is given up as failed; Infinity: never given up. Default 160, about an hour with the default delays: outages that somebody is at work on are outlived. */
  readonly recoveryAttempts?: number | undefined
  /** Delay before the first check of a quarantined resource, doubled with each that fails, half of it random. Default 500. */
  readonly recoveryDelayMs?: number | undefined
  /** The longest such delay. Default 30,000. */
  readonly maxRecoveryDelayMs?: number | undefined
  /** Answers that are kept, up to 10,000. Default 100. */
  readonly historySize?: number | undefined
}

/** {@link HealthCheckOptions} with every default filled in. */
export type HealthCheckSettings = { readonly [K in keyof HealthCheckOptions]-?: NonNullable<HealthCheckOptions[K]> }

const defaults: HealthCheckSettings = {
  intervalMs: 10_000,
  jitter: 0.1,
  timeoutMs: 2000,
  downAfter: 1,
  upAfter: 2,
  recoveryAttempts: 160,
  recoveryDelayMs: 500,
  maxRecoveryDelayMs: 30_000,
  historySize: 100,
}

/** Longest delay that is a delay and not a mistake: a day in milliseconds. */
const longestMs = 86_400_000

/** Fills in the defaults and notes everything wrong under `path`. */
export const healthCheckSettings = (
  options: HealthCheckOptions | undefined,
  problems: Problems,
  path = 'health',
): HealthCheckSettings => {
  if (options === undefined) return defaults
  const isObject = typeof options === 'object' && options !== null
  problems.require(isObject, path, options, 'an object of options, or false')
  if (!isObject) return defaults
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
  const { intervalMs = defaults.intervalMs, recoveryDelayMs = defaults.recoveryDelayMs } = options
  const settings: HealthCheckSettings = {
    ...defaults,
    timeoutMs: Math.min(defaults.timeoutMs, intervalMs),
    maxRecoveryDelayMs: Math.max(defaults.maxRecoveryDelayMs, recoveryDelayMs),
    ...given,
  }
  const requireNumber = (name: keyof HealthCheckSettings, least: number, most: number, allowed: string): void =>
    problems.require(settings[name] >= least && settings[name] <= most, `${path}.${name}`, settings[name], allowed)
  requireNumber('intervalMs', 1, longestMs, `1 to ${longestMs}`)
  requireNumber('jitter', 0, 1, 'a number from 0 to 1')
  requireNumber(
    'timeoutMs',
    1,
    settings.intervalMs,
    '1 up to intervalMs, so that no check begins before the last is over',
  )
  requireNumber('recoveryDelayMs', 1, longestMs, `1 to ${longestMs}`)
  requireNumber('maxRecoveryDelayMs', settings.recoveryDelayMs, longestMs, `recoveryDelayMs to ${longestMs}`)
  for (const [name, least, most] of [
    ['downAfter', 1, Number.MAX_SAFE_INTEGER],
    ['upAfter', 1, Number.MAX_SAFE_INTEGER],
    ['recoveryAttempts', 0, Number.POSITIVE_INFINITY],
    ['historySize', 1, 10_000],
  ] as const) {
    const value = settings[name]
    const isCount = Number.isInteger(value) || (value === Number.POSITIVE_INFINITY && value === most)
    const allowed = `a whole number of at least ${least}${name === 'historySize' ? ` up to ${most}` : ''}${most === Number.POSITIVE_INFINITY ? ', or Infinity' : ''}`
    problems.require(isCount && value >= least && value <= most, `${path}.${name}`, value, allowed)
  }
  return settings
}
