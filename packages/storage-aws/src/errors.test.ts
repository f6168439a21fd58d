import { HoldfastError } from '@holdfast/contracts'
import { expect, it } from 'vitest'
import { toHoldfastError } from './errors.ts'

const failure = (code: string): Error => Object.assign(new Error('planted'), { code })

it.each([
  ['ECONNREFUSED', 'UNAVAILABLE'],
  ['anything else', 'INTERNAL'],
])('translates %s to %s', (condition, code) => {
  expect(toHoldfastError(failure(condition), 'health')).toMatchObject({ code, operation: 'health' })
})

it('leaves an error that is translated already as it is', () => {
  const error = toHoldfastError(failure('ECONNREFUSED'), 'health')
  expect(toHoldfastError(error, 'close')).toBe(error)
  expect(HoldfastError.is(error)).toBe(true)
})
