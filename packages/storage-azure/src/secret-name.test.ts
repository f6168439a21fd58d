import { awkwardIds, credentialIds } from '@holdfast/testkit'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { createSecretNames, maxPrefixLength } from './secret-name.ts'

it('names are what Key Vault allows, and come back', () => {
  for (const names of [createSecretNames(''), createSecretNames('x'.repeat(maxPrefixLength))]) {
    fc.assert(
      fc.property(fc.oneof(credentialIds, fc.constantFrom(...awkwardIds)), (id) => {
        const name = names.nameOf(id)
        expect(name).toMatch(/^[0-9A-Za-z-]{1,127}$/)
        expect(names.isHash(name) ? id : names.idOf(name)).toBe(id)
      }),
    )
  }
})
