import { describe, it } from 'vitest'
import { credentialSourceCases } from './credential-source-cases.ts'
import type { CredentialSourceHarness } from './credential-source-harness.ts'
import { runCredentialSourceCase } from './run-credential-source-case.ts'

/** Registers the conformance suite for a credential source with vitest, one test for each rule. A rule about a method that the source leaves out is skipped with that reason. */
export const testCredentialSource = (harness: CredentialSourceHarness): void => {
  describe(`${harness.name} is a credential source`, () => {
    for (const testCase of credentialSourceCases) {
      it(testCase.name, async ({ skip }) => {
        const reason = await runCredentialSourceCase(harness, testCase)
        if (reason !== undefined) skip(reason)
      })
    }
  })
}
