import {
  type CredentialStorageHarness,
  credentialStorageCases,
  runCredentialStorageCase,
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
  let passed = 0
  for (const testCase of credentialStorageCases) {
    if ((await runCredentialStorageCase(harnessOf(name, options), testCase)) === undefined) passed += 1
  }
  expect(passed).toBeGreaterThan(50)
})
