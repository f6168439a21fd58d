import { tracingChannel } from 'node:diagnostics_channel'
import { createCacheStore } from '@holdfast/cache'
import { compose, type Layer, type Operations, silentLogger } from '@holdfast/contracts'
import { type AnyCacheStore, cacheStoreOperations } from '@holdfast/contracts/cache'
import { type AnyCredentialStorage, credentialStorageOperations } from '@holdfast/contracts/credentials'
import { standard } from '@holdfast/resilience'
import { createMemoryData, createMemoryStorage } from '@holdfast/storage-memory'
import {
  type CacheStoreHarness,
  type CredentialStorageHarness,
  cacheStoreCases,
  createFakeClock,
  credentialStorageCases,
  runCacheStoreCase,
  runCredentialStorageCase,
} from '@holdfast/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createInMemorySdk, unregisterSdk } from '../test/support/in-memory-sdk.ts'
import { diagnostics, operationChannelName } from './diagnostics/diagnostics.ts'
import { logging } from './logging/logging.ts'
import { createMetricsRegistry } from './metrics/create-metrics-registry.ts'
import { metrics } from './metrics/operation-metrics.ts'
import { tracing } from './tracing/tracing.ts'

/** Something that makes layers for any contract. */
interface Layered {
  layer<C>(operations: Operations<C>): Layer<C>
}

/** Every layer of this package, made anew for each storage, outermost first; and what they stand around. */
const layers: Readonly<Record<string, () => Layered>> = {
  diagnostics: () => diagnostics(),
  tracing: () => tracing(),
  metrics: () => metrics({ registry: createMetricsRegistry() }),
  logging: () => logging({ logger: silentLogger }),
}
const stacks: readonly (readonly [string, () => readonly Layered[]])[] = [
  ...Object.entries(layers).map(([name, create]) => [name, () => [create()]] as const),
  [
    'all of them around standard()',
    () => [...Object.values(layers).map((create) => create()), standard({ timeoutMs: 60_000 })],
  ],
]

const storageHarness = (name: string, create: () => readonly Layered[]): CredentialStorageHarness => ({
  name,
  async create() {
    const data = createMemoryData()
    const stack = create().map((each) => each.layer<AnyCredentialStorage>(credentialStorageOperations))
    const wrapped = (): AnyCredentialStorage =>
      compose<AnyCredentialStorage, AnyCredentialStorage>(createMemoryStorage({ data }), ...stack)
    const storage = wrapped()
    return { storage, open: async () => wrapped(), cleanup: () => storage.close() }
  },
  patienceMs: 5000,
})

const cacheHarness = (name: string, create: () => readonly Layered[]): CacheStoreHarness => ({
  name,
  async create() {
    const clock = createFakeClock()
    const stack = create().map((each) => each.layer<AnyCacheStore>(cacheStoreOperations))
    const store = compose<AnyCacheStore, AnyCacheStore>(createCacheStore({ capacity: 1000, clock }), ...stack)
    return { store, advance: async (byMs) => clock.advance(byMs), cleanup: () => store.close() }
  },
  patienceMs: 5000,
})

const failuresOf = async <T extends { readonly name: string }>(
  cases: readonly T[],
  run: (testCase: T) => Promise<string | undefined>,
): Promise<unknown[]> => {
  const failures: unknown[] = []
  for (const testCase of cases) {
    const skipped = await run(testCase).catch((error: unknown) => void failures.push([testCase.name, error]))
    expect(skipped).toBeUndefined()
  }
  return failures
}

describe.each([
  ['with an SDK and a subscriber', true],
  ['with nobody listening', false],
])('%s', (_situation, isHeard) => {
  const subscriber = { start() {}, end() {}, asyncStart() {}, asyncEnd() {}, error() {} }
  const channel = tracingChannel(operationChannelName)
  beforeAll(() => {
    if (!isHeard) return
    createInMemorySdk().register()
    channel.subscribe(subscriber)
  })
  afterAll(() => {
    unregisterSdk()
    channel.unsubscribe(subscriber)
  })

  it.each(stacks)('every case of the storage contract holds inside %s', async (name, create) => {
    const harness = storageHarness(name, create)
    expect(await failuresOf(credentialStorageCases, (testCase) => runCredentialStorageCase(harness, testCase))).toEqual(
      [],
    )
  })

  it.each(stacks)('every case of the cache store contract holds inside %s', async (name, create) => {
    const harness = cacheHarness(name, create)
    expect(await failuresOf(cacheStoreCases, (testCase) => runCacheStoreCase(harness, testCase))).toEqual([])
  })
})
