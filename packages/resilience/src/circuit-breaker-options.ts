import { type Clock, createProblems, type ErrorCode, errorCodes, type Logger } from '@holdfast/contracts'
import { source } from './cancellable.ts'
import { requireClock } from './require-clock.ts'

/** When a circuit opens. */
export type TripPolicy =
  /** After this many failures in a row. */
  | { readonly kind: 'consecutive'; readonly failures: number }
  /** When the share of failures among the last `size` calls reaches `failureRate`, once there were `minimumCalls`. */
  | {
      readonly kind: 'count-window'
      readonly size: number
      readonly failureRate: number
      readonly minimumCalls: number
    }
  /** The same among the calls of the last `windowMs` milliseconds. */
  | {
      readonly kind: 'rate-window'
      readonly windowMs: number
      readonly failureRate: number
      readonly minimumCalls: number
    }

/** Options of {@link circuitBreaker}. */
export interface CircuitBreakerOptions {
  /** Default: half of the last 100 calls, once there were 20. */
  readonly trip?: TripPolicy
  /** How long an open circuit refuses calls before it lets a probe through, in milliseconds. Default 10,000. */
  readonly openMs?: number
  /** How many probes run at the same time while it is half-open, and how many must succeed to close it. Default 1. */
  readonly halfOpenProbes?: number
  /** A call that took at least this long counts as a failure, in milliseconds. Default: none is slow. */
  readonly slowCallMs?: number
  /** Codes that count as failures; every other one is an answer. An error that is no HoldfastError always counts. Default UNAVAILABLE, TIMEOUT, INTERNAL. */
  readonly failureCodes?: readonly ErrorCode[]
  /** Whether each key (a host, a secret store) has a circuit of its own. Default false. */
  readonly perKey?: boolean
  /** Keys remembered at most; the one used longest ago is forgotten, closed ones first. Default 1000. */
  readonly maxKeys?: number
  readonly clock?: Clock
  /** Hears of listeners that throw. */
  readonly logger?: Logger
}

/** {@link CircuitBreakerOptions} with the defaults filled in. */
export type CircuitRules = Required<
  Pick<CircuitBreakerOptions, 'trip' | 'openMs' | 'halfOpenProbes' | 'slowCallMs' | 'maxKeys'>
>

/** Fills in the defaults. Throws INVALID_ARGUMENT with every problem. */
export const parseCircuitRules = (options: CircuitBreakerOptions): CircuitRules => {
  const {
    trip = { kind: 'count-window', size: 100, failureRate: 0.5, minimumCalls: 20 },
    openMs = 10_000,
    halfOpenProbes = 1,
    slowCallMs = Number.POSITIVE_INFINITY,
    failureCodes = [],
    maxKeys = 1000,
    clock,
  } = options
  const problems = createProblems(source, 'circuitBreaker')
  const requireCount = (path: string, value: number, most = 1_000_000): void =>
    problems.require(
      Number.isInteger(value) && value >= 1 && value <= most,
      path,
      value,
      `a whole number from 1 to ${most}`,
    )
  if (trip.kind === 'consecutive') requireCount('trip.failures', trip.failures)
  else if (trip.kind === 'count-window' || trip.kind === 'rate-window') {
    problems.require(
      trip.failureRate > 0 && trip.failureRate <= 1,
      'trip.failureRate',
      trip.failureRate,
      'above 0 up to 1',
    )
    requireCount('trip.minimumCalls', trip.minimumCalls, trip.kind === 'count-window' ? trip.size : 1_000_000)
    if (trip.kind === 'count-window') requireCount('trip.size', trip.size, 100_000)
    else
      problems.require(
        Number.isFinite(trip.windowMs) && trip.windowMs >= 10,
        'trip.windowMs',
        trip.windowMs,
        '10 or more',
      )
  } else {
    problems.add({ path: 'trip.kind', given: 'something else', allowed: 'consecutive, count-window or rate-window' })
  }
  problems.require(Number.isFinite(openMs) && openMs > 0, 'openMs', openMs, 'more than 0')
  requireCount('halfOpenProbes', halfOpenProbes, 1000)
  problems.require(slowCallMs > 0, 'slowCallMs', slowCallMs, 'more than 0')
  requireCount('maxKeys', maxKeys)
  problems.require(
    failureCodes.every((code) => errorCodes.includes(code)),
    'failureCodes',
    failureCodes,
    'codes of errors',
  )
  if (clock !== undefined) requireClock(problems, clock)
  problems.throwIfAny()
  return { trip, openMs, halfOpenProbes, slowCallMs, maxKeys }
}
