import { AssertionError } from 'node:assert/strict'
import type { Clock } from '@holdfast/contracts'
import { HoldfastError } from '@holdfast/contracts'
import type { AnyCacheStore } from '@holdfast/contracts/cache'
import { expect, it } from 'vitest'
import {
  type CacheStoreHarness,
  cacheStoreCases,
  createFakeClock,
  runCacheStoreCase,
  testCacheStore,
} from '../src/index.ts'
import { brokenCacheStores } from './broken-cache-stores.ts'
import { createMapCacheStore, createPlainCacheStore } from './map-cache-store.ts'

const harnessOf = (name: string, create: (clock: Clock) => AnyCacheStore): CacheStoreHarness => ({
  name,
  async create() {
    const clock = createFakeClock()
    const store = create(clock)
    return { store, advance: (byMs) => clock.advanceAsync(byMs), cleanup: () => store.close() }
  },
  patienceMs: 100,
})

testCacheStore({ ...harnessOf('a Map', createMapCacheStore), patienceMs: 5000 })

it('a store without anything beyond the base passes what applies', async () => {
  const results = []
  for (const testCase of cacheStoreCases) {
    results.push(await runCacheStoreCase(harnessOf('plain', createPlainCacheStore), testCase))
  }
  const skipped = results.filter((reason) => reason !== undefined)
  expect(skipped).toHaveLength(cacheStoreCases.filter(({ needs = [] }) => needs.length > 0).length)
  expect(skipped[0]).toBe('map-cache-store does not claim tags')
})

it.each(brokenCacheStores.map((broken) => [broken.defect, broken] as const))(
  'the suite finds a store that %s',
  async (defect, { foundBy, spoil }) => {
    const testCase = cacheStoreCases.find(({ name }) => name.startsWith(foundBy))
    if (testCase === undefined) throw new Error(`no case begins with ${JSON.stringify(foundBy)}`)
    const harness = harnessOf(defect, (clock) => spoil(createMapCacheStore(clock)))
    const failure: unknown = await runCacheStoreCase(harness, testCase).then(
      () => 'the case passed',
      (error: unknown) => error,
    )
    // Anything else would be a fault of the suite, not one of the store that it found.
    expect(failure).toSatisfy((error) => error instanceof AssertionError || HoldfastError.is(error))
  },
)

it('every case is the one that finds some defect', () => {
  const unproven = cacheStoreCases.filter(
    ({ name }) => !brokenCacheStores.some(({ foundBy }) => name.startsWith(foundBy)),
  )
  expect(unproven.map(({ name }) => name)).toEqual([])
})
