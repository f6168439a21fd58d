import { createEventHub } from '@holdfast/contracts'
import { createMetricsRegistry, prometheusHandler } from '@holdfast/telemetry'
import { expect, it } from 'vitest'
import type { ManagerEvents } from './manager-events.ts'
import { createManagerMetrics, type ResourceReading } from './manager-metrics.ts'

const at = '2026-01-01T00:00:00.000Z'
const none: ManagerEvents['credentials.rotated']['from'] = {}

const fixture = () => {
  const registry = createMetricsRegistry()
  const page = prometheusHandler(registry)
  const events = createEventHub<ManagerEvents>()
  const db: ResourceReading = {
    name: 'orders-db',
    type: 'postgres',
    state: 'degraded',
    health: { status: 'degraded' },
    circuits: ['closed', 'open'],
    credentials: { login: { expiresAt: '2026-01-01T01:00:00.000Z' }, certificate: {} },
  }
  const cache: ResourceReading = { name: 'cache', type: 'redis', state: 'created', circuits: [], credentials: {} }
  const readings = [db, cache]
  const metrics = createManagerMetrics({
    metrics: registry,
    events,
    typeOf: (name) => readings.find((each) => each.name === name)?.type,
    resources: () => readings,
    state: () => 'ready',
    isReady: () => true,
  })
  const scrape = async (): Promise<readonly string[]> => {
    const text = await (await page.fetch(new Request('http://localhost/metrics'))).text()
    return text.split('\n').filter((line) => !line.startsWith('#') && !line.includes('_bucket') && line !== '')
  }
  return { events, metrics, scrape }
}

it('shows each resource as it is when somebody looks: state, health, circuits, expiry', async () => {
  const { scrape, metrics } = fixture()
  expect(await scrape()).toEqual([
    'holdfast_resource_state{resource="orders-db",type="postgres",state="degraded"} 1',
    'holdfast_resource_state{resource="cache",type="redis",state="created"} 1',
    'holdfast_resource_health{resource="orders-db",type="postgres"} 0.5',
    'holdfast_resource_circuit_state{resource="orders-db",type="postgres",circuit="1",state="closed"} 1',
    'holdfast_resource_circuit_state{resource="orders-db",type="postgres",circuit="2",state="open"} 1',
    'holdfast_resource_credential_expiry_timestamp_seconds{resource="orders-db",type="postgres",credential="login"} 1767229200',
    'holdfast_manager_state{state="ready"} 1',
    'holdfast_manager_ready 1',
    // There from the first scrape on: the first quarantine is an increase.
    ...['orders-db",type="postgres', 'cache",type="redis'].flatMap((own) =>
      ['quarantined', 'failed'].map(
        (state) => `holdfast_resource_transitions_total{resource="${own}",state="${state}"} 0`,
      ),
    ),
    // So are these, because there are credentials.
    'holdfast_resource_rotations_total{resource="orders-db",type="postgres",outcome="rotated"} 0',
    'holdfast_resource_rotations_total{resource="orders-db",type="postgres",outcome="failed"} 0',
  ])
  metrics.end()
  metrics.end()
  expect((await scrape()).filter((line) => line.includes('_state') || line.includes('_ready'))).toEqual([])
})

it('counts what happens: quarantines, rotations, leases that were taken away, tenants that were refused', async () => {
  const { events, metrics, scrape } = fixture()
  const resource = 'orders-db'
  for (const [from, to] of [
    ['ready', 'quarantined'],
    ['quarantined', 'ready'],
    ['ready', 'quarantined'],
  ] as const) {
    events.emit('resource.transitioned', () => ({ at, resource, from, to, causes: [] }))
  }
  for (const durationMs of [250, 750]) {
    events.emit('credentials.rotated', () => ({ at, resource, epoch: 2, from: none, to: none, durationMs }))
  }
  events.emit('rotation.failed', () => ({ at, resource, code: 'UNAUTHENTICATED', message: 'refused', attempt: 1 }))
  const lease = { id: 'orders-db#1', heldMs: 5000 }
  events.emit('leases.forced', () => ({ at, resource, leases: [lease, lease] }))
  for (let tenant = 0; tenant < 120; tenant++) {
    events.emit('tenant.refused', () => ({
      at,
      resource,
      tenant: `tenant-${tenant}`,
      code: 'RESOURCE_EXHAUSTED',
      reason: 'quota',
    }))
  }
  events.emit('tenant.refused', () => ({ at, resource, tenant: undefined, code: 'PERMISSION_DENIED', reason: 'none' }))
  metrics.checked(resource, { status: 'down', latencyMs: 2000, checkedAt: at })
  metrics.checked(resource, { status: 'up', latencyMs: 10, checkedAt: at })
  const after = await scrape()
  const own = 'resource="orders-db",type="postgres"'
  for (const line of [
    `holdfast_resource_transitions_total{${own},state="quarantined"} 2`,
    `holdfast_resource_transitions_total{${own},state="ready"} 1`,
    `holdfast_resource_rotations_total{${own},outcome="rotated"} 2`,
    `holdfast_resource_rotations_total{${own},outcome="failed"} 1`,
    `holdfast_resource_rotation_seconds_count{${own}} 2`,
    `holdfast_resource_rotation_seconds_sum{${own}} 1`,
    `holdfast_resource_forced_leases_total{${own}} 2`,
    `holdfast_resource_tenant_refusals_total{${own},tenant="tenant-99",code="RESOURCE_EXHAUSTED"} 1`,
    `holdfast_resource_tenant_refusals_total{${own},tenant="__overflow__",code="RESOURCE_EXHAUSTED"} 20`,
    `holdfast_resource_tenant_refusals_total{${own},code="PERMISSION_DENIED"} 1`,
    `holdfast_resource_health_checks_total{${own},status="down"} 1`,
    `holdfast_resource_health_checks_total{${own},status="up"} 1`,
    `holdfast_resource_health_check_seconds_sum{${own}} 2.01`,
  ]) {
    expect(after).toContain(line)
  }
  expect(after.filter((line) => line.includes('tenant-100'))).toEqual([])
})
