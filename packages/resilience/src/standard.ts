import { type EventSource, silentLogger, systemClock } from '@holdfast/contracts'
import type { CircuitState } from './circuit.ts'
import { circuitBreakerParts } from './circuit-breaker.ts'
import { type CircuitBreakerOptions, parseCircuitRules } from './circuit-breaker-options.ts'
import { type CircuitBreakerEvents, Circuits } from './circuits.ts'
import { createPolicy } from './create-policy.ts'
import { DeadlineWheel } from './deadline-wheel.ts'
import { parseTogether } from './parse-together.ts'
import type { Policy } from './policy.ts'
import { putAround } from './policy-stack.ts'
import { type RetryOptions, retryParts } from './retry.ts'
import { isRetryableError, RetryDecider, type RetryEvents } from './retry-decider.ts'
import { parseRetryPolicy, type RetryPolicyOptions } from './retry-policy.ts'
import { parseTimeoutOptions, type TimeoutOptions, timeoutParts } from './timeout.ts'

/** Options of {@link standard}: those of the three policies. */
export interface StandardOptions
  extends Omit<TimeoutOptions, 'clock'>,
    Pick<RetryOptions, 'isRetryable' | 'logger' | 'clock' | 'random'> {
  readonly retry?: RetryPolicyOptions
  readonly breaker?: Omit<CircuitBreakerOptions, 'clock' | 'logger'>
}

/** What {@link standard} makes. */
export interface Standard extends Policy {
  readonly attempts: EventSource<RetryEvents>
  readonly circuits: EventSource<CircuitBreakerEvents>
  /** State of the circuit, of this key if the breaker is `perKey`. */
  state(key?: string): CircuitState
}

/**
 * The recommended stack in one piece: a deadline for the whole call, around retries, around a circuit breaker that sees
 * each attempt. It behaves as `timeout`, `retry` and `circuitBreaker` put around one another, and costs less.
 */
export const standard = (options: StandardOptions = {}): Standard => {
  const { isRetryable = isRetryableError, logger = silentLogger, clock = systemClock, random = Math.random } = options
  const whole = { timeoutMs: options.timeoutMs, propagate: options.propagate, clock }
  parseTogether('standard', {
    '': () => parseTimeoutOptions(whole),
    retry: () => parseRetryPolicy(options.retry),
    breaker: () => parseCircuitRules(options.breaker ?? {}),
  })
  const { timeoutMs, propagate } = parseTimeoutOptions(whole)
  const decider = new RetryDecider({ policy: parseRetryPolicy(options.retry), isRetryable, logger, clock, random })
  const circuits = new Circuits({ ...options.breaker, clock, logger })
  const deadline = { timeoutMs, propagate, clock, wheel: new DeadlineWheel(clock) }
  const attempts = putAround(retryParts(decider), putAround(circuitBreakerParts(circuits)))
  return {
    ...createPolicy(putAround(timeoutParts(deadline), attempts)),
    attempts: decider.events,
    circuits: circuits.events,
    state: (key) => circuits.find(key)?.state() ?? 'closed',
  }
}
