import { hash } from 'node:crypto'
import type { CredentialMetadata, CredentialRecord, Version } from '@holdfast/contracts/credentials'
import { decodeFormat0 } from './record-file-format-0.ts'
import { versionNumber } from './version-name.ts'

/** What one version of a credential is: a record, or the mark that it was deleted, or that it was purged. */
export type RecordFile =
  | {
      readonly state: 'stored'
      readonly id: string
      readonly version: Version
      readonly storedAt: string
      readonly record: CredentialRecord
    }
  | {
      readonly state: 'deleted' | 'purged'
      readonly id: string
      readonly version: Version
      readonly storedAt: string
    }

/** A file that cannot be read as a version: damaged, or of a format of the future. */
export interface UnreadableFile {
  readonly state: 'damaged' | 'newer'
  /** For a person: what is wrong with it. */
  readonly problem: string
}

/** Where the bytes were found, which must be where they say they belong. */
export interface RecordFilePlace {
  /** The id that was asked for; undefined when a listing does not know it yet. */
  readonly id: string | undefined
  /** The number in the file's name. */
  readonly number: number
}

/** The format written now. */
const currentFormat = 1

const magic = 'holdfast '
const firstLine = Buffer.from(`${magic}${currentFormat}\n`, 'latin1')
const checksumBytes = 32
const lengthBytes = 4

/**
 * The bytes of a version, format 1: the line `holdfast 1`, the length of the header (unsigned, 32 bits, big-endian), the
 * header as JSON, the bytes of the value, and the SHA-256 of everything before it. Every later format begins with such a
 * line and ends with such a checksum.
 */
export const encodeRecordFile = (file: RecordFile): Uint8Array => {
  const { id, version, state, storedAt } = file
  const metadata = file.state === 'stored' ? file.record.metadata : undefined
  const value = file.state === 'stored' ? file.record.value : new Uint8Array(0)
  const header = Buffer.from(JSON.stringify({ id, version, state, storedAt, metadata }), 'utf8')
  const bodyBytes = firstLine.length + lengthBytes + header.length + value.length
  const bytes = Buffer.allocUnsafeSlow(bodyBytes + checksumBytes)
  firstLine.copy(bytes)
  bytes.writeUInt32BE(header.length, firstLine.length)
  header.copy(bytes, firstLine.length + lengthBytes)
  bytes.set(value, bodyBytes - value.length)
  checksumOf(bytes.subarray(0, bodyBytes)).copy(bytes, bodyBytes)
  return bytes
}

/** Reads a version of any known format, and checks that it is whole and lies where it belongs. */
export const decodeRecordFile = (content: Uint8Array, place: RecordFilePlace): RecordFile | UnreadableFile => {
  const bytes = Buffer.from(content.buffer, content.byteOffset, content.byteLength)
  // 0x7b is `{`: the JSON files that came before the line with the format number.
  if (bytes[0] === 0x7b) return decodeFormat0(bytes, place)
  const bodyBytes = bytes.length - checksumBytes
  if (bodyBytes < firstLine.length + lengthBytes) return damaged(`it ends after ${bytes.length} bytes`)
  if (!checksumOf(bytes.subarray(0, bodyBytes)).equals(bytes.subarray(bodyBytes))) {
    return damaged('its checksum does not match its content')
  }
  if (!bytes.subarray(0, firstLine.length).equals(firstLine)) return unknownFormat(bytes)
  const valueStart = firstLine.length + lengthBytes + bytes.readUInt32BE(firstLine.length)
  if (valueStart > bodyBytes) return damaged('its header is longer than the file')
  const header = parseHeader(bytes.toString('utf8', firstLine.length + lengthBytes, valueStart))
  if (header === undefined) return damaged('its header is not what this library writes')
  if (place.id !== undefined && header.id !== place.id)
    return damaged('it holds another credential than its place says')
  if (versionNumber(header.version) !== place.number) return damaged('it holds another version than its name says')
  const { id, version, storedAt } = header
  if (header.state !== 'stored') return { state: header.state, id, version, storedAt }
  if (header.metadata?.id !== id) return damaged('its metadata is of another credential')
  // A copy as a plain Uint8Array: the caller gets no view of the header, and no Buffer.
  const value = new Uint8Array(bytes.subarray(valueStart, bodyBytes))
  return { state: 'stored', id, version, storedAt, record: { metadata: header.metadata, value } }
}

/** Whether a decoded file can be used. */
export const isReadable = (file: RecordFile | UnreadableFile): file is RecordFile =>
  file.state !== 'damaged' && file.state !== 'newer'

const checksumOf = (bytes: Uint8Array): Buffer => hash('sha256', bytes, 'buffer')

const damaged = (problem: string): UnreadableFile => ({ state: 'damaged', problem })

const unknownFormat = (bytes: Buffer): UnreadableFile => {
  const format = /^holdfast (\d{1,9})\n/.exec(bytes.toString('latin1', 0, magic.length + 10))?.[1]
  return format === undefined
    ? damaged('it is not a file of this library')
    : { state: 'newer', problem: `it is of format ${format}, and this release reads up to ${currentFormat}` }
}

interface Header {
  readonly id: string
  readonly version: Version
  readonly state: RecordFile['state']
  readonly storedAt: string
  readonly metadata?: CredentialMetadata
}

const parseHeader = (text: string): Header | undefined => {
  try {
    const header: unknown = JSON.parse(text)
    return isHeader(header) ? header : undefined
  } catch {
    return undefined
  }
}

/** The checksum has proven that these bytes are what was written; this guards against another program that writes the format wrongly. */
const isHeader = (value: unknown): value is Header => {
  if (typeof value !== 'object' || value === null) return false
  // An object; what its fields are is looked at below.
  const { id, version, state, storedAt, metadata } = value as Record<keyof Header, unknown>
  if (typeof id !== 'string' || typeof version !== 'string' || typeof storedAt !== 'string') return false
  return state === 'stored' ? hasMetadataShape(metadata) : state === 'deleted' || state === 'purged'
}

/** Whether listings can go by it; what is in it is for the manager, which authenticates it, to judge. */
export const hasMetadataShape = (metadata: unknown): boolean => {
  if (typeof metadata !== 'object' || metadata === null) return false
  // An object; what its fields are is looked at below.
  const { scope, tags } = metadata as Partial<Record<keyof CredentialMetadata, unknown>>
  if (scope !== undefined && typeof scope !== 'string') return false
  return typeof tags === 'object' && tags !== null && Object.values(tags).every((value) => typeof value === 'string')
}
