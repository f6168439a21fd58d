import { HoldfastError } from '@holdfast/contracts'
import {
  type CredentialRecord,
  type CredentialStorageLimits,
  decodeCredentialDocument,
  encodeCredentialDocument,
} from '@holdfast/contracts/credentials'
import { source, unreadable } from './errors.ts'
import { maxTags } from './secret-tags.ts'

/** Longest SecretString in bytes (https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html). */
export const maxDocumentBytes = 65_536

/** Bytes for everything beside the value: an id of 512 bytes and a scope of 512 characters, each written twice as long in JSON, and the rest. */
const reservedBytes = 4096

/**
 * What a storage takes. The value goes into the secret as base64, four bytes for three, beside the metadata: 46,080 bytes
 * always fit with up to some tags. What is larger because of its tags, or as a readable text that JSON has to escape, is
 * refused by the size of the document itself.
 */
export const awsStorageLimits: CredentialStorageLimits = Object.freeze({
  maxValueBytes: ((maxDocumentBytes - reservedBytes) / 4) * 3,
  maxTags,
  maxIdLength: 512,
})

/** The text of a record, or LIMIT_EXCEEDED when a secret does not take it. */
export const encodeSecret = (id: string, record: CredentialRecord, operation: string): string => {
  const document = encodeCredentialDocument(record)
  const bytes = Buffer.byteLength(document)
  if (bytes <= maxDocumentBytes) return document
  throw new HoldfastError({
    code: 'INVALID_ARGUMENT',
    reason: 'LIMIT_EXCEEDED',
    source,
    operation,
    message: `${operation} of ${JSON.stringify(id)} would need a secret of ${bytes} bytes, and ${maxDocumentBytes} are allowed: ${record.value.length} of value, with metadata and encoding.`,
    hint: 'Store a smaller value or fewer and shorter tags.',
    details: { id, bytes, allowed: maxDocumentBytes },
  })
}

/** The record in what AWS gave back, or DATA_LOSS with UNREADABLE. */
export const decodeSecret = (
  text: string | undefined,
  call: { readonly id: string; readonly operation: string },
): CredentialRecord => {
  const record = text === undefined ? { problem: 'it has no text' } : decodeCredentialDocument(text, call.id)
  if ('problem' in record) throw unreadable(call, record.problem)
  return record
}
