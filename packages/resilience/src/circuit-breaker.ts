import type { EventSource } from '@holdfast/contracts'
import { type Ancestor, CallAttempt } from './call-attempt.ts'
import { cancellable, started } from './cancellable.ts'
import type { Circuit, CircuitOutcome, CircuitState } from './circuit.ts'
import type { CircuitBreakerOptions } from './circuit-breaker-options.ts'
import { type CircuitBreakerEvents, Circuits } from './circuits.ts'
import { createPolicy, type PolicyParts, type Runnable } from './create-policy.ts'
import type { EndingListener } from './ending.ts'
import { guardOpening } from './guard-opening.ts'
import type { ExecuteOptions, Policy } from './policy.ts'

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
 * probe back at once; one that ran out of time is a failure. A stream counts by its opening, up to
 * the first item; a watch and callbacks pass through.
 */
export const circuitBreaker = (options: CircuitBreakerOptions = {}): CircuitBreaker => {
  const circuits = new Circuits(options)
  return {
    ...createPolicy(circuitBreakerParts(circuits)),
    state: (key) => circuits.find(key)?.state() ?? 'closed',
    isolate: (key) => circuits.of({ key }).isolate(),
    reset: (key) => circuits.find(key)?.reset(),
    get keys() {
      return circuits.size
    },
    on: circuits.events.on,
    events: circuits.events.events,
  }
}

/** What a circuit breaker is made of. */
export const circuitBreakerParts = (circuits: Circuits): PolicyParts => {
  const execute = cancellable((runnable, options, parent) => guard(circuits, runnable, options, parent))
  return { execute, openStream: guardOpening(execute), circuits }
}

const guard = <T>(
  circuits: Circuits,
  runnable: Runnable<T>,
  options: ExecuteOptions<T>,
  parent: Ancestor | undefined,
): Promise<T> => {
  const circuit = circuits.of(options)
  const permit = circuit.enter()
  if (permit === undefined) return Promise.reject(circuits.refusal(circuit, options))
  const call = new GuardedCall(circuits, circuit, permit)
  // A call that its caller has given up may never settle, and a probe must not be lost with it.
  parent?.subscribe(call)
  return started(runnable, parent ?? new CallAttempt(options.attempt ?? 1, options.deadline)).then(
    (value) => {
      call.onSucceeded()
      return value
    },
    (error) => {
      call.onEnded(error)
      throw error
    },
  )
}

/** The permit of one call, handed back once. */
class GuardedCall implements EndingListener {
  nextListener: EndingListener | undefined = undefined
  readonly #circuits: Circuits
  readonly #circuit: Circuit
  /** -1: handed back. */
  #permit: number
  readonly #beganAt: number

  constructor(circuits: Circuits, circuit: Circuit, permit: number) {
    this.#circuits = circuits
    this.#circuit = circuit
    this.#permit = permit
    this.#beganAt = circuits.now()
  }

  onSucceeded(): void {
    this.#leave(this.#circuits.outcomeSince(this.#beganAt))
  }

  onEnded(error: unknown): void {
    this.#leave(this.#circuits.outcomeOf(error))
  }

  #leave(outcome: CircuitOutcome): void {
    if (this.#permit === -1) return
    this.#circuit.leave(this.#permit, outcome)
    this.#permit = -1
  }
}
