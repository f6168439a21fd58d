import { cancellationError, type EventSource, silentLogger, systemClock } from '@holdfast/contracts'
import { runWithContext } from '@holdfast/contracts/context'
import type { CallAttempt } from './call-attempt.ts'
import { abandonedError, siteOf } from './cancellable.ts'
import type { CircuitState } from './circuit.ts'
import type { CircuitBreakerOptions } from './circuit-breaker-options.ts'
import { type CircuitBreakerEvents, createCircuits } from './circuits.ts'
import { createPolicy, type Execute } from './create-policy.ts'
import { createDeadlineWheel } from './deadline-wheel.ts'
import type { ExecuteOptions, Policy, Work } from './policy.ts'
import type { RetryOptions } from './retry.ts'
import { createRetryDecider, isRetryableError, type RetryEvents } from './retry-decider.ts'
import { parseRetryPolicy, type RetryPolicyOptions } from './retry-policy.ts'
import { retryStream } from './retry-stream.ts'
import { StandardCall } from './standard-call.ts'
import { deadlineError, earliestDeadline, parseTimeoutOptions, type TimeoutOptions } from './timeout.ts'

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
  const { timeoutMs, propagate } = parseTimeoutOptions({
    timeoutMs: options.timeoutMs,
    propagate: options.propagate,
    clock,
  })
  const decider = createRetryDecider({ policy: parseRetryPolicy(options.retry), isRetryable, logger, clock, random })
  const circuits = createCircuits({ ...options.breaker, clock, logger })
  const wheel = createDeadlineWheel(clock)
  const parts = { decider, circuits, wheel }

  const execute: Execute = <T>(work: Work<T>, options: ExecuteOptions<T>, parent: CallAttempt | undefined) => {
    const now = clock.monotonicNow()
    const deadline = earliestDeadline(now + timeoutMs, options.deadline, propagate)
    if (parent?.error !== undefined) return Promise.reject(parent.error)
    const signal = parent === undefined ? options.signal : undefined
    if (signal?.aborted) return Promise.reject(cancellationError(signal, siteOf(options)))
    if (deadline <= now) return Promise.reject(deadlineError(options, false))
    return new Promise<T>((resolve, reject) => {
      const call = new StandardCall(parts, work, options, deadline, now, resolve, reject)
      if (signal !== undefined) follow(call, signal, options)
      if (parent !== undefined) parent.subscribe((error) => call.end(error))
      if (propagate) runWithContext({ deadline }, () => call.run(1))
      else call.run(1)
    })
  }
  return {
    ...createPolicy(execute, (call, open, options) => retryStream(decider, call, open, options)),
    attempts: decider.events,
    circuits: circuits.events,
    state: (key) => circuits.find(key)?.state() ?? 'closed',
  }
}

/** Ends the call when the signal is aborted, and leaves no listener behind. */
const follow = <T>(
  call: StandardCall<T>,
  signal: AbortSignal,
  options: { readonly operation?: string | undefined },
): void => {
  const onAbort = (): void => call.end(abandonedError(cancellationError(signal, siteOf(options))))
  signal.addEventListener('abort', onAbort, { once: true })
  call.onSettled = () => signal.removeEventListener('abort', onAbort)
}
