import {
  type Clock,
  createEventHub,
  type ErrorCode,
  type EventHub,
  HoldfastError,
  silentLogger,
  systemClock,
  toTimestamp,
} from '@holdfast/contracts'
import { siteOf, source } from './cancellable.ts'
import { Circuit, type CircuitOutcome, type CircuitState } from './circuit.ts'
import { type CircuitBreakerOptions, type CircuitRules, parseCircuitRules } from './circuit-breaker-options.ts'

/** What a circuit breaker tells its listeners. */
export interface CircuitBreakerEvents {
  readonly 'circuit.changed': {
    readonly key: string | undefined
    readonly state: CircuitState
  }
}

const defaultFailureCodes: readonly ErrorCode[] = ['UNAVAILABLE', 'TIMEOUT', 'INTERNAL']

/** The circuits of one breaker, one for all or one for each key, and what it knows beside them. */
export class Circuits {
  readonly events: EventHub<CircuitBreakerEvents>
  readonly #rules: CircuitRules
  readonly #clock: Clock
  readonly #failureCodes: ReadonlySet<ErrorCode>
  readonly #countsSlowCalls: boolean
  readonly #perKey: boolean
  readonly #single: Circuit
  /** In the order of their last use. */
  readonly #byKey = new Map<string, Circuit>()

  /** Throws INVALID_ARGUMENT with every problem. */
  constructor(options: CircuitBreakerOptions) {
    this.#rules = parseCircuitRules(options)
    const { clock = systemClock, logger = silentLogger, perKey = false, failureCodes = defaultFailureCodes } = options
    this.events = createEventHub<CircuitBreakerEvents>(logger, source)
    this.#clock = clock
    this.#failureCodes = new Set(failureCodes)
    this.#countsSlowCalls = this.#rules.slowCallMs !== Number.POSITIVE_INFINITY
    this.#perKey = perKey
    this.#single = this.#create(undefined)
  }

  get size(): number {
    return this.#byKey.size
  }

  /** The circuit for a call with these options; their key is read only where keys are kept apart. */
  of(options: { readonly key?: string | undefined }): Circuit {
    return this.#perKey ? this.#ofKey(options.key) : this.#single
  }

  /** The circuit of a key that is remembered. */
  find(key: string | undefined): Circuit | undefined {
    return this.#perKey && key !== undefined ? this.#byKey.get(key) : this.#single
  }

  /** When a call begins, on the monotonic clock; 0 where no call is slow and time does not matter. */
  now(): number {
    return this.#countsSlowCalls ? this.#clock.monotonicNow() : 0
  }

  /** How a call ended that began then and did not fail. */
  outcomeSince(beganAt: number): CircuitOutcome {
    return this.#countsSlowCalls && this.#clock.monotonicNow() - beganAt >= this.#rules.slowCallMs
      ? 'failure'
      : 'success'
  }

  outcomeOf(error: unknown): CircuitOutcome {
    if (!HoldfastError.is(error)) return 'failure'
    if (error.code === 'CANCELLED' || error.reason === 'CIRCUIT_OPEN') return 'none'
    return this.#failureCodes.has(error.code) ? 'failure' : 'success'
  }

  /** The error of a call that this circuit does not let through. */
  refusal(circuit: Circuit, options: { readonly operation?: string | undefined }): HoldfastError {
    const waitMs = Math.max(0, circuit.openUntil - this.#clock.monotonicNow())
    const isIsolated = circuit.state() === 'isolated'
    return new HoldfastError({
      code: 'UNAVAILABLE',
      reason: 'CIRCUIT_OPEN',
      ...siteOf(options),
      message: `${siteOf(options).operation} was not tried, because its circuit is ${isIsolated ? 'isolated' : 'open after too many failures'}.`,
      hint: isIsolated ? 'Reset the breaker to let calls through.' : 'Call again at the time in details.until.',
      ...(isIsolated ? {} : { retryAfterMs: waitMs }),
      details: isIsolated ? {} : { until: toTimestamp(this.#clock.wallNow() + waitMs) },
    })
  }

  #create(key: string | undefined): Circuit {
    return new Circuit(this.#rules, this.#clock, (state) => this.events.emit('circuit.changed', () => ({ key, state })))
  }

  #ofKey(key: string | undefined): Circuit {
    if (key === undefined) return this.#single
    const known = this.#byKey.get(key)
    if (known === undefined && this.#byKey.size >= this.#rules.maxKeys) this.#forgetOne()
    const circuit = known ?? this.#create(key)
    this.#byKey.delete(key)
    this.#byKey.set(key, circuit)
    return circuit
  }

  #forgetOne(): void {
    let oldest: string | undefined
    for (const [key, circuit] of this.#byKey) {
      oldest ??= key
      if (circuit.state() !== 'closed') continue
      this.#byKey.delete(key)
      return
    }
    if (oldest !== undefined) this.#byKey.delete(oldest)
  }
}
