import { inspect } from 'node:util'
import fc from 'fast-check'
import { expect, expectTypeOf, it } from 'vitest'
import { type ErrorCode, errorCodes, isTransientCode } from './error-code.ts'
import { errorReasons } from './error-reason.ts'
import { HoldfastError, type HoldfastErrorOptions, originalError } from './holdfast-error.ts'

const planted = 'planted-value-7f3a'
const options: HoldfastErrorOptions = {
  code: 'NOT_FOUND',
  source: 'storage-test',
  operation: 'retrieve',
  message: 'There is no credential "db/main".',
  hint: 'Store it first.',
}

it('says what failed and what to do next', () => {
  const error = new HoldfastError(options)
  expect(error).toBeInstanceOf(Error)
  expect(error.message).toBe('There is no credential "db/main". Store it first.')
  expect(error.stack).toMatch(/^HoldfastError: There is no credential/)
  expect(String(error)).toMatch(/^HoldfastError: /)
  expect(error).toMatchObject({ code: 'NOT_FOUND', source: 'storage-test', operation: 'retrieve', details: {} })
  expect(error.cause).toBeUndefined()
})

it('is recognised by brand and code', () => {
  const error: unknown = new HoldfastError(options)
  expect(HoldfastError.is(error)).toBe(true)
  expect(HoldfastError.is(error, 'NOT_FOUND')).toBe(true)
  expect(HoldfastError.is(error, 'CONFLICT')).toBe(false)
  for (const other of [new Error('no'), { code: 'NOT_FOUND' }, 'NOT_FOUND', null, undefined]) {
    expect(HoldfastError.is(other)).toBe(false)
  }
  if (HoldfastError.is(error, 'NOT_FOUND')) expectTypeOf(error.code).toEqualTypeOf<'NOT_FOUND'>()
})

it('is retryable by its code unless it says otherwise', () => {
  const retryable = errorCodes.filter((code) => new HoldfastError({ ...options, code }).retryable)
  expect(retryable).toEqual(['RATE_LIMITED', 'UNAVAILABLE', 'TIMEOUT'])
  expect(retryable.every(isTransientCode)).toBe(true)
  expect(new HoldfastError({ ...options, retryable: true, retryAfterMs: 7 })).toMatchObject({
    retryable: true,
    retryAfterMs: 7,
  })
})

it('keeps an allow-listed copy of a foreign cause, and the real one out of sight', () => {
  const raw = Object.assign(new Error(`token=${planted}`), { code: 'E1', headers: { authorization: planted } })
  const error = new HoldfastError({ ...options, cause: raw })
  expect(error.cause).toEqual({ name: 'Error', message: 'token=[redacted]', code: 'E1' })
  expect(inspect(error, { showHidden: true, depth: 20 })).not.toContain(planted)
  expect(JSON.stringify(error)).not.toContain(planted)
  expect(JSON.stringify(Object.getOwnPropertyDescriptors(error))).not.toContain(planted)
  expect(inspect(structuredClone(error), { showHidden: true, depth: 20 })).not.toContain(planted)
  expect(originalError(error)).toBe(raw)
  expect(originalError(new Error('no'))).toBeUndefined()
  expect(originalError('no')).toBeUndefined()
})

it('keeps a cause that is a HoldfastError as it is', () => {
  const inner = new HoldfastError(options)
  const error = new HoldfastError({ ...options, code: 'INTERNAL', cause: inner })
  expect(error.cause).toBe(inner)
  expect(error.toJSON().cause).toMatchObject({ code: 'NOT_FOUND', message: inner.message })
})

it('becomes plain data with everything it says', () => {
  const error = new HoldfastError({
    ...options,
    reason: 'VERSION_UNKNOWN',
    retryAfterMs: 5,
    details: { version: '3' },
    cause: new Error('inner'),
  })
  expect(JSON.parse(JSON.stringify(error))).toEqual({
    name: 'HoldfastError',
    code: 'NOT_FOUND',
    reason: 'VERSION_UNKNOWN',
    source: 'storage-test',
    operation: 'retrieve',
    message: error.message,
    hint: 'Store it first.',
    retryable: false,
    retryAfterMs: 5,
    details: { version: '3' },
    cause: { name: 'Error', message: 'inner' },
  })
})

it('does not let its details be changed', () => {
  const details = { a: 1 }
  const error = new HoldfastError({ ...options, details })
  details.a = 2
  expect(error.details).toEqual({ a: 1 })
  expect(Object.isFrozen(error.details)).toBe(true)
})

it('takes any cause at all', () => {
  fc.assert(
    fc.property(fc.anything(), (cause) => {
      expect(() => JSON.stringify(new HoldfastError({ ...options, cause }))).not.toThrow()
    }),
  )
})

it('lists each code and reason once', () => {
  expect(new Set<ErrorCode>(errorCodes).size).toBe(errorCodes.length)
  expect(new Set<string>(errorReasons).size).toBe(errorReasons.length)
  expect([...errorCodes, ...errorReasons].filter((name) => !/^[A-Z][A-Z_]*[A-Z]$/.test(name))).toEqual([])
})
