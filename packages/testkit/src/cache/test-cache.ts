import { describe, it } from 'vitest'
import { cacheCases } from './cache-cases.ts'
import type { CacheHarness } from './cache-harness.ts'

/** Registers the conformance suite for a cache in this process with vitest, one test for each rule. */
export const testCache = (harness: CacheHarness): void => {
  describe(`${harness.name} is a cache`, () => {
    for (const { name, run } of cacheCases) it(name, () => run((options) => harness.create(options)))
  })
}
