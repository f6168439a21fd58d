import { createCacheStore } from '@holdfast/cache'
import { compose, type Layer, systemClock } from '@holdfast/contracts'
import { type AnyCacheStore, cacheStoreOperations } from '@holdfast/contracts/cache'
import {
  type AnyCredentialStorage,
  type CredentialSource,
  credentialSourceOperations,
  credentialStorageOperations,
} from '@holdfast/contracts/credentials'
import { createCredentialManager } from '@holdfast/credential-core'
import { createLocalStorage } from '@holdfast/storage-local'
import { createMemoryData, createMemoryStorage } from '@holdfast/storage-memory'
import {
  type CacheStoreHarness,
  type CredentialSourceHarness,
  type CredentialStorageCase,
  type CredentialStorageHarness,
  cacheStoreCases,
  createFakeClock,
  createFaultFileSystem,
  credentialSourceCases,
  credentialStorageCases,
  runCacheStoreCase,
  runCredentialSourceCase,
  runCredentialStorageCase,
} from '@holdfast/testkit'
import { expect, it } from 'vitest'
import { bulkhead } from './bulkhead.ts'
import { circuitBreaker } from './circuit-breaker.ts'
import type { Policy } from './policy.ts'
import { rateLimit } from './rate-limit.ts'
import { retry } from './retry.ts'
import { standard } from './standard.ts'
import { timeout } from './timeout.ts'

/** Every policy that makes a layer, made anew for each storage. */
const policies: Readonly<Record<string, () => Policy>> = {
  retry: () => retry(),
  timeout: () => timeout({ timeoutMs: 60_000 }),
  'timeout, propagated': () => timeout({ timeoutMs: 60_000, propagate: true }),
  circuitBreaker: () => circuitBreaker(),
  bulkhead: () => bulkhead({ limit: 100 }),
  rateLimit: () => rateLimit({ perSecond: 1_000_000 }),
  standard: () => standard({ timeoutMs: 60_000 }),
}

const everyLayer = Object.values(policies)
const stacks: readonly (readonly [string, () => readonly Policy[]])[] = [
  ...Object.entries(policies).map(([name, create]) => [name, () => [create()]] as const),
  ['all of them', () => everyLayer.map((create) => create())],
]

const inMemory = (name: string, create: () => readonly Policy[]): CredentialStorageHarness => ({
  name,
  async create() {
    const data = createMemoryData()
    const layers: readonly Layer<AnyCredentialStorage>[] = create().map((policy) =>
      policy.layer(credentialStorageOperations),
    )
    const wrapped = (): AnyCredentialStorage => compose(createMemoryStorage({ data }), ...layers)
    const storage = wrapped()
    return { storage, open: async () => wrapped(), cleanup: () => storage.close() }
  },
  patienceMs: 5000,
})

const inFiles = (name: string, create: () => readonly Policy[]): CredentialStorageHarness => ({
  name,
  async create() {
    const fileSystem = createFaultFileSystem({ clock: systemClock })
    const layers: readonly Layer<AnyCredentialStorage>[] = create().map((policy) =>
      policy.layer(credentialStorageOperations),
    )
    const wrapped = async (): Promise<AnyCredentialStorage> =>
      compose(await createLocalStorage({ directory: '/store', createDirectory: true, fileSystem }), ...layers)
    const storage = await wrapped()
    return { storage, open: wrapped, cleanup: () => storage.close() }
  },
})

const credentialSourceHarness = (name: string, create: () => readonly Policy[]): CredentialSourceHarness => ({
  name,
  async create() {
    const storage = createMemoryStorage()
    const manager = createCredentialManager({ storage, sealing: 'backend' })
    let count = 1
    const store = () => manager.store('db', `planted-value ${count}`)
    await store()
    const layers: readonly Layer<CredentialSource>[] = create().map((policy) =>
      policy.layer(credentialSourceOperations),
    )
    return {
      source: compose(manager.source('db'), ...layers),
      async replace() {
        count += 1
        await store()
      },
      remove: async () => void (await manager.delete('db')),
      secrets: ['planted-value'],
      cleanup: () => manager.close(),
    }
  },
  patienceMs: 5000,
})

const cacheStoreHarness = (name: string, create: () => readonly Policy[]): CacheStoreHarness => ({
  name,
  async create() {
    const clock = createFakeClock()
    const layers: readonly Layer<AnyCacheStore>[] = create().map((policy) => policy.layer(cacheStoreOperations))
    const store: AnyCacheStore = compose(createCacheStore({ name, capacity: 1000, clock }), ...layers)
    return { store, advance: (byMs) => clock.advanceAsync(byMs), cleanup: () => store.close() }
  },
  patienceMs: 5000,
})

/** Runs every case, none of which may be skipped: what is inside can do everything, and so can what a layer makes of it. */
const failuresOf = async <Case extends { readonly name: string }>(
  cases: readonly Case[],
  run: (testCase: Case) => Promise<string | undefined>,
): Promise<readonly unknown[]> => {
  const failures: unknown[] = []
  for (const testCase of cases) {
    const skipped = await run(testCase).catch((error: unknown) => {
      failures.push([testCase.name, error])
    })
    expect(skipped).toBeUndefined()
  }
  return failures
}

it.each(stacks)('keeps every case of the storage contract inside %s', async (name, create) => {
  const run = (each: CredentialStorageCase) => runCredentialStorageCase(inMemory(name, create), each)
  expect(await failuresOf(credentialStorageCases, run)).toEqual([])
})

it.each(stacks)('keeps it on local storage too, inside %s', async (name, create) => {
  const run = (each: CredentialStorageCase) => runCredentialStorageCase(inFiles(name, create), each)
  expect(await failuresOf(credentialStorageCases, run)).toEqual([])
})

it.each(stacks)('keeps every case of the contract of credential sources inside %s', async (name, create) => {
  const harness = credentialSourceHarness(name, create)
  expect(await failuresOf(credentialSourceCases, (each) => runCredentialSourceCase(harness, each))).toEqual([])
})

it.each(stacks)('keeps every case of the contract of cache stores inside %s', async (name, create) => {
  const harness = cacheStoreHarness(name, create)
  expect(await failuresOf(cacheStoreCases, (each) => runCacheStoreCase(harness, each))).toEqual([])
})
