import { AssertionError } from 'node:assert/strict'
import { HoldfastError } from '@holdfast/contracts'
import type { CredentialSource } from '@holdfast/contracts/credentials'
import { expect, it } from 'vitest'
import {
  type CredentialSourceHarness,
  credentialSourceCases,
  runCredentialSourceCase,
  testCredentialSource,
} from '../src/index.ts'
import { brokenCredentialSources } from './broken-credential-sources.ts'
import { createVariableSource } from './variable-source.ts'

const harnessOf = (
  name: string,
  spoil: (sound: Required<CredentialSource>) => CredentialSource,
): CredentialSourceHarness => ({
  name,
  async create() {
    const variable = createVariableSource()
    return { ...variable, source: spoil(variable.source), cleanup: async () => {} }
  },
  patienceMs: 100,
})

testCredentialSource({ ...harnessOf('a variable', (sound) => sound), patienceMs: 5000 })

it('a source that can neither be watched nor lose its credential passes what applies', async () => {
  const harness: CredentialSourceHarness = {
    name: 'plain',
    async create() {
      const { source, replace, secrets } = createVariableSource()
      return { source: { retrieve: source.retrieve }, replace, secrets, cleanup: async () => {} }
    },
  }
  const results = await Promise.all(credentialSourceCases.map((testCase) => runCredentialSourceCase(harness, testCase)))
  const skipped = results.filter((reason) => reason !== undefined)
  expect(skipped).toHaveLength(credentialSourceCases.filter(({ needs = [] }) => needs.length > 0).length)
  expect(skipped).toContain('plain has no watch')
})

it.each(brokenCredentialSources.map((broken) => [broken.defect, broken] as const))(
  'the suite finds a source that %s',
  async (defect, { foundBy, spoil }) => {
    const testCase = credentialSourceCases.find(({ name }) => name.startsWith(foundBy))
    if (testCase === undefined) throw new Error(`no case begins with ${JSON.stringify(foundBy)}`)
    const failure: unknown = await runCredentialSourceCase(harnessOf(defect, spoil), testCase).then(
      () => 'the case passed',
      (error: unknown) => error,
    )
    // Anything else would be a fault of the suite, not one of the source that it found.
    expect(failure).toSatisfy((error) => error instanceof AssertionError || HoldfastError.is(error) || isAbort(error))
  },
)

/** What `throwIfAborted` of a signal throws. */
const isAbort = (error: unknown): boolean => error instanceof DOMException && error.name === 'AbortError'

it('every case is the one that finds some defect', () => {
  const unproven = credentialSourceCases.filter(
    ({ name }) => !brokenCredentialSources.some(({ foundBy }) => name.startsWith(foundBy)),
  )
  expect(unproven.map(({ name }) => name)).toEqual([])
})
