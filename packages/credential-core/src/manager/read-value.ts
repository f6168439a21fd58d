import { HoldfastError, type SecretValue } from '@holdfast/contracts'
import type { KindDefinition } from '../kinds/credential-kind.ts'
import type { KindRegistry } from '../kinds/kind-registry.ts'
import { readAsKind } from '../kinds/read-as-kind.ts'
import { malformedValue, unwrapValue } from './value-codec.ts'

/** A value in the form its kind stores, with the expiry it names itself. Errors: INVALID_ARGUMENT with reason VALUE_MALFORMED. */
export const readValue = (
  given: unknown,
  kind: KindDefinition,
  id: string,
  operation: string,
): { readonly value: SecretValue; readonly expiresAt: string | undefined } => {
  const reading = readAsKind(kind, unwrapValue(given, id, operation))
  if (reading.problems !== undefined) throw malformedValue(id, operation, reading.problems)
  // A kind of somebody else's making may answer with what cannot be stored.
  return { value: unwrapValue(reading.value, id, operation), expiresAt: reading.expiresAt }
}

/** The kind a call asks for: the reference's, else the one named; undefined when it asks for none. Errors: INVALID_ARGUMENT with KIND_UNKNOWN or KIND_MISMATCH. */
export const chooseKind = (
  referenceKind: KindDefinition | undefined,
  name: string | undefined,
  kinds: KindRegistry,
  operation: string,
): KindDefinition | undefined => {
  if (referenceKind === undefined) return name === undefined ? undefined : requireKind(kinds, name, operation)
  if (name === undefined || name === referenceKind.name) return referenceKind
  throw new HoldfastError({
    code: 'INVALID_ARGUMENT',
    reason: 'KIND_MISMATCH',
    source: 'credential-core',
    operation,
    message: `${operation} was given a reference of kind ${referenceKind.name} and the kind ${JSON.stringify(String(name).slice(0, 80))}.`,
    hint: 'Leave the option kind out when you pass a reference.',
  })
}

/** The kind of this name. Errors: INVALID_ARGUMENT with reason KIND_UNKNOWN. */
export const requireKind = (kinds: KindRegistry, name: string, operation: string): KindDefinition => {
  const kind = kinds.get(name)
  if (kind !== undefined) return kind
  throw new HoldfastError({
    code: 'INVALID_ARGUMENT',
    reason: 'KIND_UNKNOWN',
    source: 'credential-core',
    operation,
    message: `There is no kind ${JSON.stringify(String(name).slice(0, 80))}.`,
    hint: `Use one of ${[...kinds.keys()].join(', ')}, or register your own with the manager's option kinds.`,
    details: { kind: String(name).slice(0, 80) },
  })
}
