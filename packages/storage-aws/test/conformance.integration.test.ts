import { describeWithServer } from '@holdfast/test-servers'
import { type CredentialStorageHarness, credentialStorageCases, runCredentialStorageCase } from '@holdfast/testkit'
import { afterAll, describe, expect, it } from 'vitest'
import { clientFor, deviations, harnessOn } from './emulators.ts'

/** The suite, with the cases turned round that are known to fail on this emulator. */
const testOn = (server: string, harness: CredentialStorageHarness): void => {
  describe(`${harness.name} is a credential storage`, () => {
    for (const testCase of credentialStorageCases) {
      const deviation = deviations[server]?.find(({ rule }) => rule === testCase.name)
      if (deviation !== undefined) {
        it(`${testCase.name} (fails on ${server}: ${deviation.why})`, async ({ skip }) => {
          const outcome = await runCredentialStorageCase(harness, testCase).then(
            (reason) => reason ?? 'passed',
            () => 'failed',
          )
          if (outcome !== 'passed' && outcome !== 'failed') skip(outcome)
          expect(outcome, `${server} is right now: take the case from the list`).toBe('failed')
        })
        continue
      }
      it(testCase.name, async ({ skip }) => {
        const reason = await runCredentialStorageCase(harness, testCase)
        if (reason !== undefined) skip(reason)
      })
    }
  })
}

describe.each(Object.keys(deviations))('%s', (name) => {
  describeWithServer(name, ({ settings }) => {
    const client = clientFor(settings, { name })
    afterAll(() => client.destroy())
    testOn(name, harnessOn('storage-aws', client))
    // On one is enough: it differs in the request that deletes.
    if (name !== 'moto') testOn(name, harnessOn('storage-aws that deletes for good', client, { recoveryWindowDays: 0 }))
  })
})

it('the list of deviations names cases that there are', () => {
  const rules = credentialStorageCases.map(({ name }) => name)
  for (const { rule } of Object.values(deviations).flat()) expect(rules).toContain(rule)
})
