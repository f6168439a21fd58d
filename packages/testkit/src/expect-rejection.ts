import assert from 'node:assert/strict'
import { inspect } from 'node:util'
import { type ErrorCode, type ErrorReason, HoldfastError } from '@holdfast/contracts'

/** What a rejection has to be. */
export interface ExpectedRejection {
  readonly code: ErrorCode | readonly ErrorCode[]
  readonly reason?: ErrorReason
  /** The method that was called; `error.operation` has to say it. */
  readonly operation: string
  /** Texts that must stand nowhere in the error. */
  readonly secrets?: readonly string[]
}

/**
 * Asserts that the call rejects, rather than throws, with a HoldfastError of this code that names its source, its
 * operation and what to do next, and shows nothing secret. Answers the error.
 */
export const expectRejection = async (
  call: () => Promise<unknown>,
  { code, reason, operation, secrets = [] }: ExpectedRejection,
): Promise<HoldfastError> => {
  let rejection: Promise<unknown>
  try {
    rejection = call()
  } catch (error) {
    throw new assert.AssertionError({ message: `${operation} threw instead of rejecting: ${inspect(error)}` })
  }
  const error: unknown = await rejection.then(
    () => {
      throw new assert.AssertionError({ message: `${operation} resolved instead of rejecting with ${String(code)}` })
    },
    (rejected: unknown) => rejected,
  )
  assert.ok(
    HoldfastError.is(error),
    `${operation} rejected with something else than a HoldfastError: ${inspect(error)}`,
  )
  const codes: readonly ErrorCode[] = typeof code === 'string' ? [code] : code
  assert.ok(
    codes.includes(error.code),
    `${operation} rejected with ${error.code} instead of ${codes.join(' or ')}: ${error.message}`,
  )
  if (reason !== undefined) assert.equal(error.reason, reason, `the reason of ${error.code}: ${error.message}`)
  assert.equal(error.operation, operation, 'error.operation')
  assert.ok(error.source.length > 0, 'error.source is empty')
  assert.ok(error.hint.length > 0, 'error.hint is empty')
  const shown = [inspect(error, { depth: 10, showHidden: true }), JSON.stringify(error.toJSON()), String(error.stack)]
  for (const secret of secrets) {
    assert.ok(!shown.some((text) => text.includes(secret)), `the ${error.code} of ${operation} shows what it must not`)
  }
  return error
}
