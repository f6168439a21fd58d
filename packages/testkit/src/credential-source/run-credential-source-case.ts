import type {
  CredentialSourceCase,
  CredentialSourceFixture,
  CredentialSourceHarness,
} from './credential-source-harness.ts'

/** Default of {@link CredentialSourceHarness.patienceMs}. */
const defaultPatienceMs = 20_000

/**
 * Runs one case on a source made for it, without any test runner. Answers why the case was skipped, or undefined when it
 * passed; rejects when it failed.
 */
export const runCredentialSourceCase = async (
  { name, create, patienceMs = defaultPatienceMs }: CredentialSourceHarness,
  { needs = [], run }: CredentialSourceCase,
): Promise<string | undefined> => {
  const fixture = await create()
  try {
    const missing = needs.find((need) => !has[need](fixture))
    if (missing !== undefined) return `${name} has no ${missing}`
    await run({ ...fixture, patienceMs })
    return undefined
  } finally {
    await fixture.cleanup()
  }
}

const has = {
  watch: ({ source }: CredentialSourceFixture) => source.watch !== undefined,
  remove: ({ remove }: CredentialSourceFixture) => remove !== undefined,
}
