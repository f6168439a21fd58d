import { createEventHub, HoldfastError } from '@holdfast/contracts'
import { circuitBreaker } from '@holdfast/resilience'
import { createFakeClock } from '@holdfast/testkit'
import { expect, it } from 'vitest'
import { createMetricsRegistry, type MetricsRegistry } from './create-metrics-registry.ts'
import type { NumberSnapshot } from './metric-snapshot.ts'
import { type CircuitChangedEvent, observeCircuits } from './observe-circuits.ts'

const seriesOf = (registry: MetricsRegistry): readonly string[] =>
  [...registry.collect()].flatMap((metric) => {
    // Only counters and gauges are registered.
    const { series, values } = metric as NumberSnapshot
    return series.map(({ line }, position) => `${line}${values[position]}`)
  })

it('shows in which state a circuit is, and how often it changed', async () => {
  const registry = createMetricsRegistry()
  const clock = createFakeClock()
  const breaker = circuitBreaker({ trip: { kind: 'consecutive', failures: 1 }, openMs: 1000, clock })
  const end = observeCircuits(registry, 'vault', breaker)
  expect(seriesOf(registry)).toEqual([])
  const error = new HoldfastError({ code: 'UNAVAILABLE', source: 's', operation: 'o', message: 'm.', hint: 'h.' })
  await breaker.execute(() => Promise.reject(error)).catch(() => {})
  expect(seriesOf(registry)).toEqual([
    'holdfast_circuit_changes_total{breaker="vault",state="open"} 1',
    'holdfast_circuit_state{breaker="vault",state="open"} 1',
  ])
  clock.advance(1000)
  await breaker.execute(async () => 'answer')
  expect(seriesOf(registry)).toEqual([
    'holdfast_circuit_changes_total{breaker="vault",state="open"} 1',
    'holdfast_circuit_changes_total{breaker="vault",state="half-open"} 1',
    'holdfast_circuit_changes_total{breaker="vault",state="closed"} 1',
    'holdfast_circuit_state{breaker="vault",state="closed"} 1',
  ])
  end()
  expect(seriesOf(registry)).toEqual([])
})

it('remembers of many circuits those that are not closed, and of those not too many', () => {
  const registry = createMetricsRegistry()
  const hub = createEventHub<{ 'circuit.changed': CircuitChangedEvent }>()
  observeCircuits(registry, 'hosts', hub)
  const change = (key: string, state: CircuitChangedEvent['state']): void =>
    hub.emit('circuit.changed', () => ({ key, state }))
  for (let host = 0; host < 1100; host++) change(`host-${host}`, 'open')
  change('host-1099', 'closed')
  const shown = seriesOf(registry).filter((line) => line.startsWith('holdfast_circuit_state'))
  expect(shown).toHaveLength(999)
  expect(shown[0]).toContain('host-100"')
})
