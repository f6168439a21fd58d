import { hash } from 'node:crypto'
import { parseScopeId, scopeProblem } from '@holdfast/contracts'
import type { RecordFile, RecordFilePlace, UnreadableFile } from './record-file.ts'

/**
 * Reads format 0, the JSON that came before format 1: `{ version, encrypted_data, metadata, salt }`, where the data and
 * the salt are base64 and the metadata has `id`, `created_at`, `last_modified`, `expires_at`, `scope` and `tags`, all but
 * the first optional. Nothing writes it any more: the next `store` of the credential writes the current format. It has no
 * checksum, so only damage that breaks the JSON is found. A salt comes back as the tag `format-0-salt`.
 */
export const decodeFormat0 = (bytes: Buffer, place: RecordFilePlace): RecordFile | UnreadableFile => {
  const file = parse(bytes.toString('utf8'))
  const metadata = asObject(file?.metadata)
  const data = asText(file?.encrypted_data)
  const id = asText(metadata?.id) ?? place.id
  if (file === undefined || metadata === undefined || data === undefined || id === undefined) {
    return { state: 'damaged', problem: 'it is not the JSON of format 0' }
  }
  if (place.id !== undefined && id !== place.id) {
    return { state: 'damaged', problem: 'it holds another credential than its place says' }
  }
  if (metadata.scope !== undefined && scopeProblem(metadata.scope) !== undefined) {
    return { state: 'damaged', problem: 'its scope is not valid' }
  }
  const createdAt = timestamp(metadata.created_at) ?? '1970-01-01T00:00:00.000Z'
  const updatedAt = timestamp(metadata.last_modified) ?? createdAt
  const expiresAt = timestamp(metadata.expires_at)
  const scope = asText(metadata.scope)
  const salt = asText(file.salt)
  const tags = Object.entries(asObject(metadata.tags) ?? {}).map(([name, value]) => [name, String(value)])
  return {
    state: 'stored',
    id,
    // Format 0 knew no versions: the content stands for the random part, so that reading twice gives the same.
    version: `${place.number}-${hash('sha256', bytes, 'hex').slice(0, 16)}`,
    storedAt: updatedAt,
    record: {
      metadata: {
        id,
        kind: asText(metadata.kind) ?? 'opaque',
        encoding: 'bytes',
        ...(scope === undefined ? {} : { scope: parseScopeId(scope) }),
        tags: { ...Object.fromEntries(tags), ...(salt ? { 'format-0-salt': salt } : {}) },
        createdAt,
        updatedAt,
        ...(expiresAt === undefined ? {} : { expiresAt }),
        revision: '00000000000000000000000000',
        writeId: '00000000000000000000000000',
      },
      value: new Uint8Array(Buffer.from(data, 'base64')),
    },
  }
}

const parse = (text: string): Record<string, unknown> | undefined => {
  try {
    return asObject(JSON.parse(text))
  } catch {
    return undefined
  }
}

const asObject = (value: unknown): Record<string, unknown> | undefined =>
  // An object that is not an array has string keys and values of any type.
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined

const asText = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)

const timestamp = (value: unknown): string | undefined => {
  const time = typeof value === 'string' ? Date.parse(value) : Number.NaN
  return Number.isNaN(time) ? undefined : new Date(time).toISOString()
}
