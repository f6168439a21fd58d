import { AssertionError } from 'node:assert/strict'
import { HoldfastError } from '@holdfast/contracts'
import { type CredentialStorageHarness, credentialStorageCases, runCredentialStorageCase } from '@holdfast/testkit'
import { expect, it } from 'vitest'
import { createMemoryData, createMemoryStorage } from '../src/index.ts'
import type { BrokenStorage } from './broken-storages/broken-storage.ts'
import { brokenStorages } from './broken-storages/broken-storages.ts'

const harnessOf = ({ defect, spoil }: BrokenStorage): CredentialStorageHarness => ({
  name: defect,
  async create() {
    const data = createMemoryData()
    const sound = createMemoryStorage({ data })
    return {
      storage: spoil(sound),
      open: async () => createMemoryStorage({ data }),
      cleanup: () => sound.close(),
    }
  },
  patienceMs: 100,
})

it.each(brokenStorages.map((broken) => [broken.defect, broken] as const))(
  'the suite finds a storage that %s',
  async (_defect, broken) => {
    const testCase = credentialStorageCases.find(({ name }) => name.startsWith(broken.foundBy))
    if (testCase === undefined) throw new Error(`no case begins with ${JSON.stringify(broken.foundBy)}`)
    const failure: unknown = await runCredentialStorageCase(harnessOf(broken), testCase).then(
      () => 'the case passed',
      (error: unknown) => error,
    )
    // Anything else would be a fault of the suite, not one of the storage that it found.
    expect(failure).toSatisfy((error) => error instanceof AssertionError || HoldfastError.is(error))
  },
)

it('the suite finds nothing in a storage without a defect', async () => {
  const sound: BrokenStorage = { defect: 'nothing', foundBy: '', spoil: (storage) => ({ ...storage }) }
  const results = []
  for (const testCase of credentialStorageCases) {
    results.push(await runCredentialStorageCase({ ...harnessOf(sound), patienceMs: 5000 }, testCase))
  }
  expect(results.filter((reason) => reason !== undefined)).toEqual([])
})

it('every case is the one that finds some defect', () => {
  const unproven = credentialStorageCases
    .map(({ name }) => name)
    .filter((name) => !brokenStorages.some(({ foundBy }) => name.startsWith(foundBy)))
  expect(unproven).toEqual([])
})
