import { type Layer, systemClock } from '@holdfast/contracts'
import { type AnyCredentialStorage, credentialStorageOperations } from '@holdfast/contracts/credentials'
import {
  type CredentialStorageHarness,
  credentialStorageCases,
  flaky,
  runCredentialStorageCase,
  slow,
  testCredentialStorage,
} from '@holdfast/testkit'
import { expect, it } from 'vitest'
import { createMemoryData } from './memory-data.ts'
import { createMemoryStorage } from './memory-storage.ts'
import type { MemoryStorageOptions } from './options.ts'

const harnessOf = (name: string, options: MemoryStorageOptions = {}): CredentialStorageHarness => ({
  name,
  async create() {
    const data = createMemoryData()
    const storage = createMemoryStorage({ ...options, data })
    return {
      storage,
      open: async () => createMemoryStorage({ ...options, data }),
      cleanup: () => storage.close(),
    }
  },
  patienceMs: 5000,
})

testCredentialStorage(harnessOf('storage-memory'))

// Every case that applies in one test, so that what does not apply is not reported as skipped over and over.
it.each<readonly [string, MemoryStorageOptions]>([
  ['without compareAndSet', { without: ['compareAndSet'] }],
  ['without versions', { without: ['versions'] }],
  ['without recover', { without: ['recover'] }],
  ['without watch', { without: ['watch'] }],
  ['without anything', { without: ['compareAndSet', 'versions', 'recover', 'watch'] }],
  ['with latency', { latencyMs: 1 }],
  ['with small limits', { limits: { maxValueBytes: 1024, maxTags: 8, maxIdLength: 64 } }],
])('keeps the contract %s', async (name, options) => {
  expect(await passedCases(harnessOf(name, options))).toBeGreaterThan(50)
})

it.each<readonly [string, Layer<AnyCredentialStorage>]>([
  ['flaky', (inner) => flaky(inner, credentialStorageOperations, () => undefined)],
  ['slow', (inner) => slow(inner, credentialStorageOperations, { delayMs: 1, clock: systemClock, when: 'after' })],
])('keeps the contract inside a layer that is %s', async (name, layer) => {
  const harness = harnessOf(name)
  const layered: CredentialStorageHarness = {
    ...harness,
    async create() {
      const fixture = await harness.create()
      return { ...fixture, storage: layer(fixture.storage) }
    },
  }
  expect(await passedCases(layered)).toBe(credentialStorageCases.length)
})

const passedCases = async (harness: CredentialStorageHarness): Promise<number> => {
  let passed = 0
  for (const testCase of credentialStorageCases) {
    if ((await runCredentialStorageCase(harness, testCase)) === undefined) passed += 1
  }
  return passed
}
