import type { SecretValue } from '@holdfast/contracts'
import type { KindDefinition } from '../kinds/credential-kind.ts'
import type { CredentialTarget } from './credential-manager.ts'
import { assertUsableId } from './reserved-ids.ts'

/** The id and, of a reference, the kind. Errors: INVALID_ARGUMENT for an id that is malformed or reserved. */
export const readTarget = <T extends SecretValue>(
  target: CredentialTarget<T>,
  operation: string,
): { readonly id: string; readonly kind: KindDefinition<T> | undefined } => {
  const read = typeof target === 'object' && target !== null ? target : { id: target, kind: undefined }
  assertUsableId(read.id, operation)
  return read
}
