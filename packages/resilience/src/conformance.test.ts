import { compose, type Layer } from '@holdfast/contracts'
import { type AnyCredentialStorage, credentialStorageOperations } from '@holdfast/contracts/credentials'
import { createMemoryData, createMemoryStorage } from '@holdfast/storage-memory'
import { type CredentialStorageHarness, credentialStorageCases, runCredentialStorageCase } from '@holdfast/testkit'
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

const harnessOf = (name: string, create: () => readonly Policy[]): CredentialStorageHarness => ({
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

const everyLayer = Object.values(policies)

it.each([
  ...Object.entries(policies).map(([name, create]) => [name, () => [create()]] as const),
  ['all of them', () => everyLayer.map((create) => create())] as const,
])('keeps every case of the storage contract inside %s', async (name, create) => {
  const failures: unknown[] = []
  for (const testCase of credentialStorageCases) {
    const skipped = await runCredentialStorageCase(harnessOf(name, create), testCase).catch((error: unknown) => {
      failures.push([testCase.name, error])
    })
    expect(skipped).toBeUndefined()
  }
  expect(failures).toEqual([])
})
