import { HoldfastError, Secret, type SecretValue } from '@holdfast/contracts'
import type { KindDefinition } from '../kinds/credential-kind.ts'
import { opaque } from '../kinds/opaque.ts'
import { readAsKind } from '../kinds/read-as-kind.ts'
import type { Credential } from './credential.ts'
import { malformedValue } from './value-codec.ts'

/**
 * The credential as one of this kind. What was stored as `opaque` (imported from a file, say) is taken for any kind whose
 * form it has. Errors: INVALID_ARGUMENT with KIND_MISMATCH (stored as another kind) or VALUE_MALFORMED.
 */
export const asKind = <T extends SecretValue>(
  credential: Credential,
  kind: KindDefinition<T>,
  operation: string,
): Credential<T> => {
  // The kind opaque makes no claim: T is SecretValue there, which every credential's value is.
  if (kind.name === opaque.definition.name) return credential as Credential<T>
  if (credential.kind !== kind.name && credential.kind !== opaque.definition.name)
    throw kindMismatch(credential, kind.name, operation)
  const revealed = credential.value.reveal()
  const reading = readAsKind(kind, revealed)
  if (reading.problems !== undefined) throw malformedValue(credential.id, operation, reading.problems)
  // The kind found the value to be a T as it is.
  if (reading.value === revealed) return credential as Credential<T>
  return Object.freeze({ ...credential, value: new Secret(reading.value) })
}

const kindMismatch = (credential: Credential, expected: string, operation: string): HoldfastError =>
  new HoldfastError({
    code: 'INVALID_ARGUMENT',
    reason: 'KIND_MISMATCH',
    source: 'credential-core',
    operation,
    message: `${JSON.stringify(credential.id)} is of kind ${credential.kind} and was asked for as ${expected}.`,
    hint: 'Ask for it as the kind it has, or store it again as the other.',
    details: { id: credential.id, kind: credential.kind, expected },
  })
