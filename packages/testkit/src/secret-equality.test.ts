import { Secret } from '@holdfast/contracts'
import { expect, it } from 'vitest'
import { secretEquality } from './secret-equality.ts'

it('finds Secrets of one value equal and of two values different', () => {
  expect(secretEquality(new Secret('a'), new Secret('a'))).toBe(true)
  expect(secretEquality(new Secret('a'), new Secret('b'))).toBe(false)
  expect(secretEquality(new Secret('a'), 'a')).toBe(false)
  expect(secretEquality('a', new Secret('a'))).toBe(false)
})

it('leaves everything else to others', () => {
  expect(secretEquality('a', 'b')).toBeUndefined()
})

it('is registered, so that deep comparisons see what is inside Secrets', () => {
  expect({ deep: [new Secret('a')] }).toEqual({ deep: [new Secret('a')] })
  expect({ deep: [new Secret('a')] }).not.toEqual({ deep: [new Secret('b')] })
})
