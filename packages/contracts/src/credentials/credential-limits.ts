import { HoldfastError } from '../holdfast-error.ts'
import type { CredentialRecord } from './credential-record.ts'
import type { CredentialStorageLimits } from './credential-storage.ts'

/**
 * Refuses an id that is longer than a storage takes: INVALID_ARGUMENT with reason LIMIT_EXCEEDED. Storages whose limit is
 * the 512 bytes of `assertCredentialId` need not ask.
 */
export const assertIdLength = (
  id: string,
  limits: CredentialStorageLimits,
  source: string,
  operation: string,
): void => {
  // A UTF-16 code unit is three bytes in UTF-8 at most: most ids need not be encoded to be known short enough.
  if (id.length * 3 <= limits.maxIdLength) return
  assertLimit(id, 'bytes of id', new TextEncoder().encode(id).length, limits.maxIdLength, source, operation)
}

/**
 * Refuses a record that a storage does not take under this id, before anything is sent: INVALID_ARGUMENT with reason
 * ID_INVALID when it has the id of another one, LIMIT_EXCEEDED when its value or the number of its tags is too large.
 */
export const assertCredentialRecord = (
  id: string,
  { metadata, value }: CredentialRecord,
  limits: CredentialStorageLimits,
  source: string,
): void => {
  if (metadata.id !== id) {
    throw new HoldfastError({
      code: 'INVALID_ARGUMENT',
      reason: 'ID_INVALID',
      source,
      operation: 'store',
      message: `The record for ${JSON.stringify(id)} has the id of another one.`,
      hint: 'Store it under metadata.id.',
      details: { id },
    })
  }
  assertLimit(id, 'bytes of value', value.length, limits.maxValueBytes, source, 'store')
  assertLimit(id, 'tags', Object.keys(metadata.tags).length, limits.maxTags, source, 'store')
}

const assertLimit = (
  id: string,
  what: string,
  given: number,
  allowed: number,
  source: string,
  operation: string,
): void => {
  if (given <= allowed) return
  throw new HoldfastError({
    code: 'INVALID_ARGUMENT',
    reason: 'LIMIT_EXCEEDED',
    source,
    operation,
    message: `${JSON.stringify(id)} has ${given} ${what}, and ${allowed} are allowed here.`,
    hint: 'Keep large data elsewhere and store the key to it here, or use a storage that takes more (capabilities.limits).',
    details: { id },
  })
}
