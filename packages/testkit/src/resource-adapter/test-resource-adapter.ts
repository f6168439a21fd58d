import { describe, it } from 'vitest'
import { resourceAdapterCases } from './resource-adapter-cases.ts'
import type { ResourceAdapterHarness } from './resource-adapter-harness.ts'
import { runResourceAdapterCase } from './run-resource-adapter-case.ts'

/**
 * Registers the conformance suite for a resource adapter with vitest, one test for each rule. A rule about a method that the
 * adapter leaves out, a claim it does not make or a hook that the harness does not give is skipped with that reason.
 */
export const testResourceAdapter = <T>(harness: ResourceAdapterHarness<T>): void => {
  describe(`${harness.name} is a resource adapter`, () => {
    for (const testCase of resourceAdapterCases) {
      it(testCase.name, async ({ skip }) => {
        const reason = await runResourceAdapterCase(harness, testCase)
        if (reason !== undefined) skip(reason)
      })
    }
  })
}
