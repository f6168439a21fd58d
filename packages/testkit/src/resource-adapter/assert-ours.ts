import assert from 'node:assert/strict'
import { inspect } from 'node:util'
import { HoldfastError } from '@holdfast/contracts'
import { expectRejection } from '../expect-rejection.ts'

/** Asserts that an error is a HoldfastError of this operation, whatever its code, with a hint and without a secret. */
export const assertOurs = async (error: unknown, operation: string, secrets: readonly string[]): Promise<void> => {
  assert.ok(
    HoldfastError.is(error),
    `${operation} rejected with something else than a HoldfastError: ${inspect(error)}`,
  )
  await expectRejection(() => Promise.reject(error), { code: error.code, operation, secrets })
}
