import type { Logger, Metrics } from '@holdfast/contracts'
import { runWithContext } from '@holdfast/contracts/context'
import type { AnyCredentialStorage } from '@holdfast/contracts/credentials'
import { createMemoryStorage, type MemoryStorage } from '@holdfast/storage-memory'
import { createMetricsRegistry, type MetricsRegistry } from '@holdfast/telemetry'
import { sampleRecord } from '@holdfast/testkit'
import { describe, expect, it } from 'vitest'
import { composeMetrics } from './compose-metrics.ts'
import { openManager } from './open-manager.ts'
import { openStorage } from './open-storage.ts'
import type { StorageProvider, StorageProviderEnvironment } from './storage-provider.ts'

const retry = { retries: 2, baseDelayMs: 1, jitter: 'none' } as const

/** The series of a metric as `label=value` texts with their value. */
const seriesOf = (registry: MetricsRegistry, name: string, ...labels: readonly string[]): Record<string, number> => {
  const metric = [...registry.collect()].find((candidate) => candidate.name === name)
  if (metric === undefined || metric.kind === 'histogram') return {}
  return Object.fromEntries(
    metric.series.map((series, index) => [
      labels.map((label) => series.labels[label]).join(' '),
      metric.values[index] ?? Number.NaN,
    ]),
  )
}

/** A provider over a storage that the test keeps hold of. */
const providerOf = (storage: MemoryStorage, told: StorageProviderEnvironment[] = []) => ({
  acme: async (): Promise<StorageProvider> => ({
    createStorage(_options, environment) {
      told.push(environment)
      return storage
    },
  }),
})

describe('metrics', () => {
  it('count a call with all its retries once, and the retries beside it', async () => {
    const registry = createMetricsRegistry()
    const inner = createMemoryStorage()
    const options = { metrics: registry, resilience: { retry }, providers: providerOf(inner) }
    await using storage = await openStorage('acme:x', options)
    await storage.store('a', sampleRecord('a'))
    inner.failNextWith('UNAVAILABLE', { times: 2, operation: 'retrieve' })
    await storage.retrieve('a')
    await storage.retrieve('b').catch(() => undefined)
    expect(seriesOf(registry, 'holdfast_operations_total', 'package', 'operation', 'code')).toEqual({
      'storage-memory store OK': 1,
      'storage-memory retrieve OK': 1,
      'storage-memory retrieve NOT_FOUND': 1,
    })
    expect(seriesOf(registry, 'holdfast_operation_retries_total', 'operation', 'code')).toEqual({
      'retrieve UNAVAILABLE': 2,
    })
  })

  it('show the circuit', async () => {
    const registry = createMetricsRegistry()
    const inner = createMemoryStorage()
    const options = { metrics: registry, resilience: { retry: { retries: 0 } }, providers: providerOf(inner) }
    await using storage = await openStorage('acme:x', options)
    inner.failNextWith('UNAVAILABLE', { times: 100 })
    for (let call = 0; call < 100; call++) await storage.exists('a').catch(() => undefined)
    expect(seriesOf(registry, 'holdfast_circuit_state', 'breaker', 'state')).toEqual({ [`${inner.name} open`]: 1 })
  })

  it('are taken out of the registry when the storage is closed, which answers as before', async () => {
    const registry = createMetricsRegistry()
    const inner = createMemoryStorage()
    const storage = await openStorage('acme:x', {
      metrics: registry,
      resilience: { retry },
      providers: providerOf(inner),
    })
    await storage.exists('a')
    const closed = storage.close()
    expect(storage.close()).toBe(closed)
    await closed
    await storage[Symbol.asyncDispose]()
    await expect(storage.exists('a')).rejects.toMatchObject({ code: 'CLOSED' })
    expect([...registry.collect()].flatMap(({ series }) => [...series])).toEqual([])
    await expect(inner.exists('a')).rejects.toMatchObject({ code: 'CLOSED' })
  })

  it('are those of the store of a manager, with the tenants and buckets of its configuration', async () => {
    const registry = createMetricsRegistry()
    const configuration = { store: 'memory:', sealing: 'backend', telemetry: { maxTenants: 1, buckets: [0.1, 1] } }
    await using opened = await openManager(configuration, { metrics: registry })
    for (const tenant of ['blue', 'green', 'red']) {
      await runWithContext({ tenant }, () => opened.manager.store(tenant, 'f4ke'))
    }
    expect(seriesOf(registry, 'holdfast_operations_total', 'operation', 'tenant')).toMatchObject({
      'store blue': 1,
      'store __overflow__': 2,
    })
    const latencies = [...registry.collect()].find(({ name }) => name === 'holdfast_operation_duration_seconds')
    expect(latencies).toMatchObject({ kind: 'histogram', bounds: [0.1, 1] })
  })

  it('leave a storage alone that nobody wants to measure', async () => {
    const storage = createMemoryStorage()
    expect(await composeMetrics({ storage }, undefined, { maxTenants: 3 })).toBe(storage)
  })

  it('wrong settings are told with everything else', async () => {
    for (const telemetry of [{ maxTenants: -1 }, { buckets: [] }, { buckets: [1, 1] }, { buckets: [0] }]) {
      await expect(openStorage({ provider: 'memory', keepVersions: 0 }, { telemetry })).rejects.toMatchObject({
        message: expect.stringMatching(/telemetry\.(?:maxTenants|buckets)[\s\S]*keepVersions/),
      })
    }
  })

  it('a registry that has these names already for something else is refused, and nothing stays open', async () => {
    const registry = createMetricsRegistry()
    registry.gauge({ name: 'holdfast_operation_duration_seconds', help: 'Not this.' })
    const inner = createMemoryStorage()
    await expect(openStorage('acme:x', { metrics: registry, providers: providerOf(inner) })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    })
    await expect(inner.exists('a')).rejects.toMatchObject({ code: 'CLOSED' })
  })

  it('and the logger reach the driver, for what only it can tell', async () => {
    const told: StorageProviderEnvironment[] = []
    const metrics: Metrics = createMetricsRegistry()
    const logger: Logger = { debug() {}, info() {}, warn() {}, error() {} }
    const storage = await openStorage('acme:x', {
      metrics,
      logger,
      providers: providerOf(createMemoryStorage(), told),
    })
    await storage.close()
    expect(told).toEqual([expect.objectContaining({ metrics, logger })])
    // The driver of Vault registers its log-ins where it is created.
    const registry = createMetricsRegistry()
    const vault: AnyCredentialStorage = await openStorage('vault+https://vault.test', {
      metrics: registry,
      environment: { VAULT_TOKEN: 'planted-vault-token' },
    })
    expect([...registry.collect()].map(({ name }) => name)).toContain('holdfast_vault_logins_total')
    await vault.close()
  })
})
