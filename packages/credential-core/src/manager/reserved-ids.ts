import { HoldfastError } from '@holdfast/contracts'
import { assertCredentialId } from '@holdfast/contracts/credentials'

/** Ids below this belong to Holdfast itself (the keyring is stored there). */
const reservedPrefix = '.holdfast/'

/** Whether an id belongs to Holdfast itself and is kept out of lists. */
export const isReservedId = (id: string): boolean => id === '.holdfast' || id.startsWith(reservedPrefix)

/** Throws INVALID_ARGUMENT (reason ID_INVALID) for an id that is malformed or reserved. */
export const assertUsableId = (id: string, operation: string): void => {
  assertCredentialId(id, 'credential-core', operation)
  if (!isReservedId(id)) return
  throw new HoldfastError({
    code: 'INVALID_ARGUMENT',
    reason: 'ID_INVALID',
    source: 'credential-core',
    operation,
    message: `The credential id ${JSON.stringify(id.slice(0, 80))} is reserved: what lies below ${reservedPrefix} belongs to Holdfast itself.`,
    hint: 'Choose another id, such as db/main.',
  })
}
