import { scopeProblem } from '../scope-id.ts'
import type { CredentialMetadata, CredentialRecord } from './credential-record.ts'

/** A document that is no record: what is wrong with it, for a person; never any of its content. */
export interface UnreadableDocument {
  readonly problem: string
}

/** The format written now. */
const currentFormat = 1

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true })

/**
 * The text that drivers store where the backend has one string for each secret: `{ "holdfast": 1, "metadata": …, "text":
 * … }`. A value that was stored readable as text or JSON is in `text`, so that other tools find it there; any other value,
 * and every sealed one, is in `base64`.
 */
export const encodeCredentialDocument = ({ metadata, value }: CredentialRecord): string => {
  const text = metadata.seal === undefined && metadata.encoding !== 'bytes' ? textOf(value) : undefined
  return JSON.stringify({
    holdfast: currentFormat,
    metadata,
    ...(text === undefined ? { base64: base64Of(value) } : { text }),
  })
}

/**
 * Reads such a text, or the value that a backend for JSON has made of it. What somebody else wrote, and a format of a later release, is no record: the answer says why, and
 * drivers make it DATA_LOSS with reason UNREADABLE for `retrieve`, and an entry without metadata for `list`.
 */
export const decodeCredentialDocument = (
  document: string | Readonly<Record<string, unknown>>,
  id: string,
): CredentialRecord | UnreadableDocument => {
  const content = typeof document === 'string' ? objectOf(document) : document
  if (content === undefined || !('holdfast' in content)) return { problem: 'it was not written by this library' }
  if (content.holdfast !== currentFormat) {
    return {
      problem: `it has format ${String(content.holdfast).slice(0, 20)}, and this release reads up to ${currentFormat}`,
    }
  }
  const problem = credentialMetadataProblem(content.metadata, id)
  if (problem !== undefined) return { problem }
  const value = valueIn(content)
  if (value === undefined) return { problem: 'it has no value that can be read' }
  // Its shape has just been looked at.
  return { metadata: content.metadata as CredentialMetadata, value }
}

/** Why an unknown value cannot be the metadata of this credential; undefined when it can. */
export const credentialMetadataProblem = (metadata: unknown, id: string): string | undefined => {
  if (!isObject(metadata)) return 'it has no metadata'
  const { scope, tags } = metadata
  if (metadata.id !== id) return 'it holds another credential than its place says'
  const missing = ['kind', 'encoding', 'createdAt', 'updatedAt', 'revision', 'writeId'].filter(
    (name) => typeof metadata[name] !== 'string',
  )
  if (missing.length > 0) return `its metadata has no ${missing.join(', ')}`
  if (scope !== undefined && scopeProblem(scope) !== undefined) return 'its scope is not valid'
  if (!isObject(tags) || Object.values(tags).some((value) => typeof value !== 'string')) return 'its tags are not texts'
  return undefined
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const objectOf = (text: string): Readonly<Record<string, unknown>> | undefined => {
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

const valueIn = ({ text, base64 }: Readonly<Record<string, unknown>>): Uint8Array | undefined => {
  if (typeof text === 'string') return encoder.encode(text)
  if (typeof base64 !== 'string' || !/^[A-Za-z0-9+/]*={0,2}$/.test(base64)) return undefined
  return new Uint8Array(Buffer.from(base64, 'base64'))
}

/** Undefined for bytes that are no UTF-8, or that would not come back the same (a byte order mark). */
const textOf = (bytes: Uint8Array): string | undefined => {
  try {
    const text = decoder.decode(bytes)
    return encoder.encode(text).length === bytes.length ? text : undefined
  } catch {
    return undefined
  }
}

const base64Of = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')
