import { describe, it } from 'vitest'
import { credentialStorageCases } from './credential-storage-cases.ts'
import type { CredentialStorageHarness } from './credential-storage-harness.ts'
import { runCredentialStorageCase } from './run-credential-storage-case.ts'

/**
 * Registers the conformance suite for a credential storage with vitest, one test for each rule. A rule that needs a
 * capability the storage does not claim is skipped with that reason; that the capability is refused is a test as well.
 */
export const testCredentialStorage = (harness: CredentialStorageHarness): void => {
  describe(`${harness.name} is a credential storage`, () => {
    for (const testCase of credentialStorageCases) {
      it(testCase.name, async ({ skip }) => {
        const reason = await runCredentialStorageCase(harness, testCase)
        if (reason !== undefined) skip(reason)
      })
    }
  })
}
