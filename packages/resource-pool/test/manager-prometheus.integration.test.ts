import { randomUUID } from 'node:crypto'
import { rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { createMetricsRegistry, observeProcess, prometheusHandler } from '@holdfast/telemetry'
import { describeWithServer } from '@holdfast/test-servers'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { readAlertRules } from './alert-rules.ts'
import { createMeasuredService, done, type MeasuredService } from './measured-service.ts'

/** Longest time until Prometheus has found a target and scraped it, which takes 5 to 6 s. */
const patienceMs = 60_000

const atLeast = (least: number) => (value: number | undefined) => (value ?? -1) >= least
const exactly = (expected: number) => (value: number | undefined) => value === expected
const absent = (value: number | undefined): boolean => value === undefined

const orders = 'resource="orders-db",type="postgres"'
const uses = done.usesOfAcme + done.usesOfGlobex
/** With the lease that the rotation took away, and those that are still out. */
const acquisitions = uses + 1 + done.leasesOfAcme

/** What Prometheus must answer when it is asked for each metric. */
const expectations: readonly (readonly [string, (value: number | undefined) => boolean])[] = [
  [`holdfast_pool_acquire_seconds_count{${orders},tenant="acme"}`, exactly(done.usesOfAcme + done.leasesOfAcme)],
  [`holdfast_pool_acquire_seconds_count{${orders},tenant="globex"}`, exactly(done.usesOfGlobex + 1)],
  // 4 resources, 65 uses of 2 ms and more: nobody waits less than the last of its tenant, nor as long as a timeout.
  [`histogram_quantile(0.99, holdfast_pool_acquire_seconds_bucket{${orders},tenant="acme"})`, atLeast(0.001)],
  [`sum(holdfast_pool_wait_seconds_count{${orders},tenant=~"acme|globex"})`, atLeast(uses - done.orderPoolSize)],
  [`sum(holdfast_pool_wait_seconds_count{${orders},tenant=~"acme|globex"}) <= ${acquisitions}`, atLeast(1)],
  [`holdfast_pool_wait_seconds_sum{${orders},tenant="acme"}`, atLeast(0.001)],
  [`holdfast_pool_create_seconds_count{${orders}}`, atLeast(done.orderPoolSize)],
  [`holdfast_pool_leaks_total{${orders}}`, atLeast(done.leasesOfAcme)],
  [`holdfast_pool_revocations_total{${orders}}`, exactly(1)],
  ['holdfast_pool_acquire_failures_total{resource="reports",code="TIMEOUT"}', atLeast(1)],
  ['holdfast_pool_create_failures_total{resource="reports",code="UNAVAILABLE"}', atLeast(1)],
  [`holdfast_pool_destroys_total{${orders},cause="epoch"}`, atLeast(done.orderPoolSize)],
  ['holdfast_pool_destroys_total{resource="archive",cause="closed"}', exactly(1)],
  [`holdfast_pool_resources{${orders},state="leased"}`, exactly(done.leasesOfAcme)],
  [`holdfast_pool_leases{${orders},tenant="acme"}`, exactly(done.leasesOfAcme)],
  [`holdfast_pool_waiting{${orders}}`, exactly(0)],
  [`holdfast_pool_max_size{${orders}}`, exactly(done.orderPoolSize)],
  [`holdfast_pool_utilisation_ratio{${orders}}`, exactly(done.leasesOfAcme / done.orderPoolSize)],
  [`holdfast_pool_recommended_size{${orders}}`, atLeast(1)],
  [`holdfast_pool_oldest_lease_seconds{${orders}}`, atLeast(0.2)],
  // A pool that is closed is gone, and what it counted stays.
  ['holdfast_pool_max_size{resource="archive"}', absent],
  [`holdfast_resource_state{${orders},state=~"ready|degraded"}`, exactly(1)],
  ['holdfast_resource_state{resource="cache",type="redis",state="failed"}', exactly(1)],
  ['holdfast_resource_state{resource="cache",state="ready"}', absent],
  ['holdfast_resource_state{resource="archive",type="s3",state="stopped"}', exactly(1)],
  [`holdfast_resource_health{${orders}}`, atLeast(0.5)],
  [`holdfast_resource_health_checks_total{${orders},status="up"}`, atLeast(1)],
  // One quarantined it, and two did not find it recovered.
  ['holdfast_resource_health_checks_total{resource="cache",type="redis",status="down"}', exactly(3)],
  ['holdfast_resource_health_check_seconds_count{resource="cache"}', atLeast(3)],
  ['holdfast_resource_transitions_total{resource="cache",type="redis",state="quarantined"}', exactly(1)],
  ['holdfast_resource_transitions_total{resource="cache",type="redis",state="failed"}', exactly(1)],
  [`holdfast_resource_transitions_total{${orders},state="quarantined"}`, exactly(0)],
  ['holdfast_resource_circuit_state{resource="reports",type="http",circuit="1",state="open"}', exactly(1)],
  ['holdfast_resource_circuit_state{resource="reports",state="closed"}', absent],
  [`holdfast_resource_rotations_total{${orders},outcome="rotated"}`, exactly(done.rotations)],
  [`holdfast_resource_rotations_total{${orders},outcome="failed"}`, atLeast(1)],
  [`holdfast_resource_rotation_seconds_count{${orders}}`, exactly(done.rotations)],
  ['holdfast_resource_forced_leases_total{resource="archive",type="s3"}', exactly(1)],
  [
    `holdfast_resource_tenant_refusals_total{${orders},tenant="initech",code="PERMISSION_DENIED"}`,
    exactly(done.refusals),
  ],
  ['holdfast_manager_state{state="ready"}', exactly(1)],
  // Nothing requires the cache, so that it is the application that does.
  ['holdfast_manager_ready', exactly(0)],
]

describeWithServer('prometheus', ({ settings }) => {
  const { PROMETHEUS_URL = '', PROMETHEUS_TARGETS_FOLDER = '' } = settings
  const suite = `manager-${randomUUID()}`
  const targetsFile = join(PROMETHEUS_TARGETS_FOLDER, `${suite}.json`)
  const registry = createMetricsRegistry()
  const page = prometheusHandler(registry)
  const server = createServer(page.node)
  const endObserving = observeProcess(registry)
  let service: MeasuredService | undefined

  const query = async (expression: string): Promise<readonly number[]> => {
    const answer = await fetch(`${PROMETHEUS_URL}/api/v1/query?${new URLSearchParams({ query: expression })}`)
    expect([expression, answer.status]).toEqual([expression, 200])
    // https://prometheus.io/docs/prometheus/latest/querying/api/#instant-queries
    const { data } = (await answer.json()) as {
      readonly data: { readonly result: readonly { readonly value: readonly [number, string] }[] }
    }
    return data.result.map(({ value }) => Number(value[1]))
  }
  /** Every metric in an expression, of this target alone: others may run beside it. */
  const ofThisRun = (expression: string): string =>
    expression.replace(/\b(holdfast_[a-z_]+)(\{)?/g, (_all, name: string, brace?: string) =>
      brace === undefined ? `${name}{suite="${suite}"}` : `${name}{suite="${suite}",`,
    )
  const text = async (): Promise<string> => (await page.fetch(new Request('http://localhost/metrics'))).text()

  beforeAll(async () => {
    service = await createMeasuredService(registry)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    // It listens on a port of TCP.
    const { port } = server.address() as AddressInfo
    await writeFile(targetsFile, JSON.stringify([{ targets: [`127.0.0.1:${port}`], labels: { suite } }]))
    const deadline = performance.now() + patienceMs
    while ((await query(`up{suite="${suite}"} == 1`)).length === 0) {
      if (performance.now() > deadline) throw new Error('Prometheus has not scraped the service.')
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }, 2 * patienceMs)

  afterAll(async () => {
    await rm(targetsFile, { force: true })
    await service?.close().catch(() => {})
    endObserving()
    server.closeAllConnections()
    server.close()
  })

  it.each(expectations)('answers what was done: %s', async (expression, holds) => {
    const values = await query(ofThisRun(expression))
    expect(values.length).toBeLessThan(2)
    expect([expression, values[0], holds(values[0])]).toEqual([expression, values[0], true])
  })

  it('knows when the credential expires, to the second', async () => {
    const [value] = await query(
      ofThisRun(`holdfast_resource_credential_expiry_timestamp_seconds{${orders},credential="login"}`),
    )
    expect(value).toBe(service?.expiresAt)
  })

  it('was asked for every metric of pools and of the manager that there is', async () => {
    const families = [...(await text()).matchAll(/^# TYPE (holdfast_(?:pool|resource|manager)_\w+) /gm)].map(
      ([, name = '']) => name,
    )
    const asked = [
      ...expectations.map(([expression]) => expression),
      'holdfast_resource_credential_expiry_timestamp_seconds',
    ]
    expect(families.length).toBeGreaterThan(20)
    expect(families.filter((name) => !asked.some((expression) => expression.includes(name)))).toEqual([])
  })

  it('shows everything that an alert asks for, under the labels that it asks for', async () => {
    for (const { name, metrics } of await readAlertRules()) {
      expect([name, metrics.length > 0]).toEqual([name, true])
      for (const { family, labels } of metrics) {
        const selectors = [
          `__name__=~"${family}(_bucket)?"`,
          `suite="${suite}"`,
          ...labels.map((label) => `${label}!=""`),
        ]
        // What is measured between two scrapes is not in each.
        const [count] = await query(`count(last_over_time({${selectors.join()}}[5m]))`)
        expect([name, family, labels, count !== undefined]).toEqual([name, family, labels, true])
      }
    }
  })

  it('answers the expression of every alert', async () => {
    const firing: string[] = []
    for (const { name, expression } of await readAlertRules()) {
      if ((await query(ofThisRun(expression))).length > 0) firing.push(name)
    }
    // The day was bad, and the rules say of what kind.
    for (const name of ['HoldfastNotReady', 'HoldfastResourceFailed', 'HoldfastCircuitOpen']) {
      expect(firing).toContain(name)
    }
    for (const name of ['HoldfastResourceQuarantined', 'HoldfastPoolNearlyExhausted', 'HoldfastCredentialExpired']) {
      expect(firing).not.toContain(name)
    }
  })
})
