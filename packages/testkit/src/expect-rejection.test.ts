import { HoldfastError } from '@holdfast/contracts'
import { describe, expect, it } from 'vitest'
import { expectRejection } from './expect-rejection.ts'

const errorOf = (changes: Partial<ConstructorParameters<typeof HoldfastError>[0]> = {}): HoldfastError =>
  new HoldfastError({
    code: 'CONFLICT',
    reason: 'VERSION_MISMATCH',
    source: 'test',
    operation: 'store',
    message: 'It failed.',
    hint: 'Try again.',
    ...changes,
  })

const expected = { code: 'CONFLICT', reason: 'VERSION_MISMATCH', operation: 'store', secrets: ['planted'] } as const

describe('expectRejection', () => {
  it('answers the error that is as expected, with one of several codes too', async () => {
    const error = errorOf()
    expect(await expectRejection(() => Promise.reject(error), expected)).toBe(error)
    expect(await expectRejection(() => Promise.reject(error), { ...expected, code: ['CLOSED', 'CONFLICT'] })).toBe(
      error,
    )
  })

  it.each<readonly [string, () => Promise<unknown>]>([
    ['resolved instead of rejecting', () => Promise.resolve()],
    [
      'threw instead of rejecting',
      () => {
        throw errorOf()
      },
    ],
    ['something else than a HoldfastError', () => Promise.reject(new Error('raw'))],
    ['CLOSED instead of CONFLICT', () => Promise.reject(errorOf({ code: 'CLOSED' }))],
    ['the reason of CONFLICT', () => Promise.reject(errorOf({ reason: 'TAMPERED' }))],
    ['error.operation', () => Promise.reject(errorOf({ operation: 'put' }))],
    ['error.source is empty', () => Promise.reject(errorOf({ source: '' }))],
    ['error.hint is empty', () => Promise.reject(errorOf({ hint: '' }))],
    ['shows what it must not', () => Promise.reject(errorOf({ message: 'The value is planted.' }))],
    ['shows what it must not', () => Promise.reject(errorOf({ details: { value: 'planted' } }))],
    ['shows what it must not', () => Promise.reject(errorOf({ cause: new Error('planted') }))],
  ])('says %s', async (message, call) => {
    await expect(expectRejection(call, expected)).rejects.toThrow(message)
  })
})
