export { type Bulkhead, type BulkheadOptions, bulkhead } from './bulkhead.ts'
export type { CircuitState } from './circuit.ts'
export { type CircuitBreaker, circuitBreaker } from './circuit-breaker.ts'
export type { CircuitBreakerOptions, TripPolicy } from './circuit-breaker-options.ts'
export type { CircuitBreakerEvents } from './circuits.ts'
export { type Fallback, type FallbackEvents, type FallbackOptions, type FallbackResult, fallback } from './fallback.ts'
export type { Attempt, ExecuteOptions, Policy, Work } from './policy.ts'
export { type RateLimitOptions, rateLimit } from './rate-limit.ts'
export { type Retry, type RetryOptions, retry } from './retry.ts'
export type { AttemptEvent, RetryEvents, StoppedBy } from './retry-decider.ts'
export {
  defaultRetryPolicy,
  type RetryBudgetPolicy,
  type RetryPolicy,
  type RetryPolicyOptions,
} from './retry-policy.ts'
export { type Standard, type StandardOptions, standard } from './standard.ts'
export { defaultTimeoutMs, type TimeoutOptions, timeout } from './timeout.ts'
