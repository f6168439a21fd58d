import type { EventSource } from '@holdfast/contracts'
import { CallAttempt } from './call-attempt.ts'
import { cancellable, started } from './cancellable.ts'
import type { CircuitOutcome, CircuitState } from './circuit.ts'
import type { CircuitBreakerOptions } from './circuit-breaker-options.ts'
import { type CircuitBreakerEvents, type Circuits, createCircuits } from './circuits.ts'
import { createPolicy, type Execute } from './create-policy.ts'
import type { ExecuteOptions, Policy, Work } from './policy.ts'

/** What {@link circuitBreaker} makes. Without `perKey`, keys are ignored. */
export interface CircuitBreaker extends Policy, EventSource<CircuitBreakerEvents> {
  state(key?: string): CircuitState
  /** Refuses every call until `reset`, for an operator who knows more. */
  isolate(key?: string): void
  /** Closes the circuit and forgets what it has counted. */
  reset(key?: string): void
  /** How many keys have a circuit. */
  readonly keys: number
}

/**
 * Stops asking a dependency that fails: an open circuit rejects with UNAVAILABLE, reason CIRCUIT_OPEN, and says in
 * `details.until` when it lets a probe through. A call that is cancelled says nothing about the dependency and gives its
 * probe back at once; one that ran out of time is a failure. Streams and callbacks pass through.
 */
export const circuitBreaker = (options: CircuitBreakerOptions = {}): CircuitBreaker => {
  const circuits = createCircuits(options)
  const execute: Execute = (work, options, parent) =>
    cancellable(options, parent, (attempt) => guard(circuits, work, options, attempt))
  return {
    ...createPolicy(execute),
    state: (key) => circuits.find(key)?.state() ?? 'closed',
    isolate: (key) => circuits.of(key).isolate(),
    reset: (key) => circuits.find(key)?.reset(),
    get keys() {
      return circuits.size
    },
    on: circuits.events.on,
    events: circuits.events.events,
  }
}

const guard = <T>(
  circuits: Circuits,
  work: Work<T>,
  options: ExecuteOptions<T>,
  parent: CallAttempt | undefined,
): Promise<T> => {
  const circuit = circuits.of(options.key)
  const permit = circuit.enter()
  if (permit === undefined) return Promise.reject(circuits.refusal(circuit, options))
  const { clock, slowCallMs } = circuits
  const beganAt = slowCallMs === Number.POSITIVE_INFINITY ? 0 : clock.monotonicNow()
  let isOver = false
  const leave = (outcome: CircuitOutcome): void => {
    if (isOver) return
    isOver = true
    circuit.leave(permit, outcome)
  }
  // A call that its caller has given up may never settle, and a probe must not be lost with it.
  parent?.subscribe((error) => leave(circuits.outcomeOf(error)))
  const attempt = parent ?? new CallAttempt(options.attempt ?? 1, options.deadline)
  return started(work, attempt).then(
    (value) => {
      const isSlow = slowCallMs !== Number.POSITIVE_INFINITY && clock.monotonicNow() - beganAt >= slowCallMs
      leave(isSlow ? 'failure' : 'success')
      return value
    },
    (error) => {
      leave(circuits.outcomeOf(error))
      throw error
    },
  )
}
