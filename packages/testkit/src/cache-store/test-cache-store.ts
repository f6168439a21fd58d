import { describe, it } from 'vitest'
import { cacheStoreCases } from './cache-store-cases.ts'
import type { CacheStoreHarness } from './cache-store-harness.ts'
import { runCacheStoreCase } from './run-cache-store-case.ts'

/**
 * Registers the conformance suite for a cache store with vitest, one test for each rule. A rule that needs a capability
 * the store does not claim is skipped with that reason; that the capability is refused is a test as well.
 */
export const testCacheStore = (harness: CacheStoreHarness): void => {
  describe(`${harness.name} is a cache store`, () => {
    for (const testCase of cacheStoreCases) {
      it(testCase.name, async ({ skip }) => {
        const reason = await runCacheStoreCase(harness, testCase)
        if (reason !== undefined) skip(reason)
      })
    }
  })
}
