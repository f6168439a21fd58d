import { AssertionError } from 'node:assert/strict'
import { HoldfastError } from '@holdfast/contracts'
import { expect, it } from 'vitest'
import { cacheCases, testCache } from '../src/index.ts'
import { brokenCaches } from './broken-caches.ts'
import { createMapCache } from './map-cache.ts'

testCache({ name: 'a Map', create: createMapCache })

it.each(brokenCaches.map((broken) => [broken.defect, broken] as const))(
  'the suite finds a cache that %s',
  (_defect, { foundBy, create }) => {
    const testCase = cacheCases.find(({ name }) => name.startsWith(foundBy))
    if (testCase === undefined) throw new Error(`no case begins with ${JSON.stringify(foundBy)}`)
    let failure: unknown = 'the case passed'
    try {
      testCase.run(create)
    } catch (error) {
      failure = error
    }
    // Anything else would be a fault of the suite, not one of the cache that it found.
    expect(failure).toSatisfy((error) => error instanceof AssertionError || HoldfastError.is(error))
  },
)

it('every case is the one that finds some defect', () => {
  const unproven = cacheCases.filter(({ name }) => !brokenCaches.some(({ foundBy }) => name.startsWith(foundBy)))
  expect(unproven.map(({ name }) => name)).toEqual([])
})
