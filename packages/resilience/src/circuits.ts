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
import { siteOf } from './cancellable.ts'
import { type Circuit, type CircuitOutcome, type CircuitState, createCircuit } from './circuit.ts'
import { type CircuitBreakerOptions, parseCircuitRules } from './circuit-breaker-options.ts'

/** What a circuit breaker tells its listeners. */
export interface CircuitBreakerEvents {
  readonly 'circuit.changed': {
    readonly key: string | undefined
    readonly state: CircuitState
  }
}

/** The circuits of one breaker, and what it knows beside them. */
export interface Circuits {
  readonly events: EventHub<CircuitBreakerEvents>
  readonly clock: Clock
  /** Calls at least this long are failures, in milliseconds; Infinity: none is, and time is not read. */
  readonly slowCallMs: number
  of(key: string | undefined): Circuit
  /** The circuit of a key that is remembered. */
  find(key: string | undefined): Circuit | undefined
  outcomeOf(error: unknown): CircuitOutcome
  /** The error of a call that this circuit does not let through. */
  refusal(circuit: Circuit, options: { readonly operation?: string | undefined }): HoldfastError
  readonly size: number
}

const defaultFailureCodes: readonly ErrorCode[] = ['UNAVAILABLE', 'TIMEOUT', 'INTERNAL']

/** Makes the circuits of a breaker: one for all, or one for each key. */
export const createCircuits = (options: CircuitBreakerOptions): Circuits => {
  const rules = parseCircuitRules(options)
  const { clock = systemClock, logger = silentLogger, perKey = false } = options
  const failureCodes = new Set<ErrorCode>(options.failureCodes ?? defaultFailureCodes)
  const events = createEventHub<CircuitBreakerEvents>(logger)
  const create = (key: string | undefined): Circuit =>
    createCircuit(rules, clock, (state) => events.emit('circuit.changed', () => ({ key, state })))
  const single = create(undefined)
  /** In the order of their last use. */
  const byKey = new Map<string, Circuit>()

  const forgetOne = (): void => {
    let oldest: string | undefined
    for (const [key, circuit] of byKey) {
      oldest ??= key
      if (circuit.state() !== 'closed') continue
      byKey.delete(key)
      return
    }
    if (oldest !== undefined) byKey.delete(oldest)
  }

  return {
    events,
    clock,
    slowCallMs: rules.slowCallMs,
    of(key) {
      if (!perKey || key === undefined) return single
      const known = byKey.get(key)
      if (known === undefined && byKey.size >= rules.maxKeys) forgetOne()
      const circuit = known ?? create(key)
      byKey.delete(key)
      byKey.set(key, circuit)
      return circuit
    },
    find: (key) => (perKey && key !== undefined ? byKey.get(key) : single),
    outcomeOf(error) {
      if (!HoldfastError.is(error)) return 'failure'
      if (error.code === 'CANCELLED' || error.reason === 'CIRCUIT_OPEN') return 'none'
      return failureCodes.has(error.code) ? 'failure' : 'success'
    },
    refusal(circuit, options) {
      const waitMs = Math.max(0, circuit.openUntil - clock.monotonicNow())
      const isIsolated = circuit.state() === 'isolated'
      return new HoldfastError({
        code: 'UNAVAILABLE',
        reason: 'CIRCUIT_OPEN',
        ...siteOf(options),
        message: `${siteOf(options).operation} was not tried, because its circuit is ${isIsolated ? 'isolated' : 'open after too many failures'}.`,
        hint: isIsolated ? 'Reset the breaker to let calls through.' : 'Call again at the time in details.until.',
        ...(isIsolated ? {} : { retryAfterMs: waitMs }),
        details: isIsolated ? {} : { until: toTimestamp(clock.wallNow() + waitMs) },
      })
    },
    get size() {
      return byKey.size
    },
  }
}
