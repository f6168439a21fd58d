import type { AnyCredentialStorage } from '@holdfast/contracts/credentials'
import type {
  CredentialStorageCase,
  CredentialStorageFixture,
  CredentialStorageHarness,
} from './credential-storage-harness.ts'

/** Default of {@link CredentialStorageHarness.patienceMs}. */
const defaultPatienceMs = 20_000

/**
 * Runs one case on a storage made for it, without any test runner. Answers why the case was skipped, or undefined when
 * it passed; rejects when it failed.
 */
export const runCredentialStorageCase = async (
  harness: CredentialStorageHarness,
  testCase: CredentialStorageCase,
): Promise<string | undefined> => {
  const fixture = await harness.create()
  const opened: AnyCredentialStorage[] = []
  try {
    const missing = missingNeed(fixture, testCase)
    if (missing !== undefined) return missing
    await testCase.run({
      storage: fixture.storage,
      async open() {
        if (fixture.open === undefined)
          throw new Error(`The case ${JSON.stringify(testCase.name)} does not say that it needs open.`)
        const storage = await fixture.open()
        opened.push(storage)
        return storage
      },
      patienceMs: harness.patienceMs ?? defaultPatienceMs,
    })
    return undefined
  } finally {
    for (const storage of opened) await storage.close({ deadlineMs: 0 })
    await fixture.cleanup()
  }
}

const missingNeed = (
  { storage, open }: CredentialStorageFixture,
  { needs = [] }: CredentialStorageCase,
): string | undefined => {
  for (const need of needs) {
    if (need === 'open') {
      if (open === undefined) return 'the harness gives no second instance'
    } else if (!storage.capabilities[need]) return `${storage.name} does not claim ${need}`
  }
  return undefined
}
