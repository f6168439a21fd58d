import { createProblems, type SecretValue } from '@holdfast/contracts'
import { assertCredentialId } from '@holdfast/contracts/credentials'
import type { CredentialKind, CredentialReference, KindDefinition } from './credential-kind.ts'

const namePattern = /^[a-z][a-z0-9-]{0,62}$/

/**
 * Makes a kind of credential of your own. Refer to credentials with it (`acmeToken('acme/live')`) and register it with the
 * manager (`kinds: [acmeToken]`), so that it also checks credentials that are named by id alone.
 * Errors: INVALID_ARGUMENT for a name that is not lower case with hyphens, at most 63 characters.
 */
export const defineKind = <T extends SecretValue>(definition: KindDefinition<T>): CredentialKind<T> => {
  const problems = createProblems('credential-core', 'defineKind')
  problems.require(
    typeof definition.name === 'string' && namePattern.test(definition.name),
    'name',
    definition.name,
    'lower-case letters, digits and hyphens, beginning with a letter, at most 63',
  )
  problems.require(typeof definition.read === 'function', 'read', definition.read, 'a function')
  problems.throwIfAny()
  const kept = Object.freeze({ name: definition.name, read: definition.read.bind(definition) })
  const refer = (id: string): CredentialReference<T> => {
    assertCredentialId(id, 'credential-core', kept.name)
    return Object.freeze({ id, kind: kept })
  }
  return Object.assign(refer, { definition: kept })
}
