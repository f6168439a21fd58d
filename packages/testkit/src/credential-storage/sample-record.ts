import type { CredentialMetadata, CredentialRecord } from '@holdfast/contracts/credentials'

/** Stands in every value that the suites store, so that an error or a summary that carries a value is found out. */
export const sampleValueMarker = 'holdfast-sample-value'

/** What {@link sampleRecord} makes a record of. */
export interface SampleRecordOptions extends Partial<Omit<CredentialMetadata, 'id'>> {
  /** Text after the marker, or the bytes as they are. Default: the id. */
  readonly value?: string | Uint8Array
}

let writes = 0

/** Makes a valid record for an id; every one has a `writeId` and a `revision` of its own, the later the greater. */
export const sampleRecord = (id: string, { value = id, ...metadata }: SampleRecordOptions = {}): CredentialRecord => {
  writes += 1
  const ulid = (prefix: string): string => prefix + String(writes).padStart(26 - prefix.length, '0')
  return {
    metadata: {
      id,
      kind: 'opaque',
      encoding: 'text',
      tags: {},
      createdAt: '2026-01-02T03:04:05.678Z',
      updatedAt: '2026-01-02T03:04:05.678Z',
      revision: ulid('01KDW0XW'),
      writeId: ulid('01KDW0XX'),
      ...metadata,
    },
    value: typeof value === 'string' ? sampleValue(value) : value,
  }
}

/** The bytes that {@link sampleRecord} makes of a text. */
export const sampleValue = (text: string): Uint8Array => new TextEncoder().encode(`${sampleValueMarker}: ${text}`)

/** The text that {@link sampleRecord} made the bytes of. */
export const sampleText = (value: Uint8Array): string =>
  new TextDecoder().decode(value).replace(`${sampleValueMarker}: `, '')
