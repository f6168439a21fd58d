import type { CredentialMetadata, CredentialRecord } from '@holdfast/contracts/credentials'

/** A record whose value is this text. */
export const sampleRecord = (
  id: string,
  text: string,
  metadata: Partial<CredentialMetadata> = {},
): CredentialRecord => ({
  metadata: {
    id,
    kind: 'opaque',
    encoding: 'text',
    tags: {},
    createdAt: '2026-01-01T00:00:00.000Z',
    updatedAt: '2026-01-01T00:00:00.000Z',
    revision: '01JAAAAAAAAAAAAAAAAAAAAAAA',
    writeId: '01JAAAAAAAAAAAAAAAAAAAAAAB',
    ...metadata,
  },
  value: new TextEncoder().encode(text),
})

/** The value of a record as text. */
export const textOf = ({ value }: { readonly value: Uint8Array }): string => new TextDecoder().decode(value)
