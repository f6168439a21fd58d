import type { EventSource, Metrics } from '@holdfast/contracts'

/** What a circuit breaker tells of a circuit. */
export interface CircuitChangedEvent {
  /** What the circuit is for; undefined when the breaker has only one. */
  readonly key: string | undefined
  readonly state: 'closed' | 'open' | 'half-open' | 'isolated'
}

/** Something that tells of circuits: `circuitBreaker()` of `@holdfast/resilience`, or `standard().circuits`. */
export type CircuitSource = Pick<EventSource<{ readonly 'circuit.changed': CircuitChangedEvent }>, 'on'>

/** Most circuits that are remembered; those that were open longest are forgotten first. */
const maxCircuits = 1000

/**
 * Shows the circuits of a breaker: `holdfast_circuit_state{breaker, key, state}` is 1 for the state a circuit is in, and
 * `holdfast_circuit_changes_total{breaker, state}` counts how often one came into it. A circuit is shown from its first
 * change on; one of several is shown only while it is not closed. Answers a function that ends it.
 */
export const observeCircuits = (registry: Metrics, breaker: string, circuits: CircuitSource): (() => void) => {
  const states = new Map<string, CircuitChangedEvent['state']>()
  const changes = registry.counter({
    name: 'holdfast_circuit_changes_total',
    help: 'How often a circuit came into a state.',
    labels: ['breaker', 'state'],
  })
  const endings = [
    circuits.on('circuit.changed', ({ key, state }) => {
      changes.bind({ breaker, state }).add()
      states.delete(key ?? '')
      if (key === undefined || state !== 'closed') states.set(key ?? '', state)
      const [oldest] = states.keys()
      if (states.size > maxCircuits && oldest !== undefined) states.delete(oldest)
    }),
    registry.observe(
      {
        name: 'holdfast_circuit_state',
        help: '1 for the state that a circuit is in.',
        labels: ['breaker', 'key', 'state'],
      },
      (observe) => {
        for (const [key, state] of states) observe(1, { breaker, key, state })
      },
    ),
  ]
  return () => {
    for (const end of endings) end()
    for (const state of ['closed', 'open', 'half-open', 'isolated']) changes.unbind({ breaker, state })
  }
}
