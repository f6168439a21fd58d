import { credentialIdProblem } from '@holdfast/contracts/credentials'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { idOfName, nameOfId } from './variable-names.ts'

test.each([
  ['STRIPE_API_KEY', 'stripe-api-key'],
  ['DB__MAIN', 'db/main'],
  ['A', 'a'],
  ['a', 'env:a'],
  ['db_password', 'db_password'],
  ['_A', '_A'],
  ['A_', 'A_'],
  ['A___B', 'A___B'],
  ['tls.crt', 'tls.crt'],
  ['stripe/live', 'stripe/live'],
])('%s gets the id %s', (name, id) => {
  expect(idOfName(name)).toBe(id)
})

test('every variable name comes back from its id, and the id is valid', () => {
  const name = fc.oneof(fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,20}$/), fc.stringMatching(/^[A-Z_]{1,8}$/))
  fc.assert(
    fc.property(
      name.filter((text) => text.length > 0),
      (text) => {
        expect(nameOfId(idOfName(text))).toBe(text)
        expect(credentialIdProblem(idOfName(text))).toBeUndefined()
      },
    ),
  )
})
