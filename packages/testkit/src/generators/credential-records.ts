import type { CredentialMetadata, CredentialRecord } from '@holdfast/contracts/credentials'
import fc from 'fast-check'
import { credentialIds } from './credential-ids.ts'
import { scopeIds } from './scope-ids.ts'

/** Tags: up to ten, with names that objects mind among them. */
export const tagSets: fc.Arbitrary<Readonly<Record<string, string>>> = fc
  .array(
    fc.tuple(
      fc.oneof(
        fc.constantFrom('env', 'Env', '__proto__', 'constructor', 'a b', 'ключ'),
        fc.string({ minLength: 1, maxLength: 20 }),
      ),
      fc.oneof(fc.constantFrom('', 'prod', 'PROD', 'line\nbreak'), fc.string({ maxLength: 40 })),
    ),
    { maxLength: 10 },
  )
  .map((tags) => Object.fromEntries(tags))

/** Values in bytes: empty ones, text, any bytes, up to some kilobytes. */
export const credentialValues: fc.Arbitrary<Uint8Array> = fc.oneof(
  fc.constant(new Uint8Array(0)),
  fc.string({ unit: 'grapheme', maxLength: 100 }).map((text) => new TextEncoder().encode(text)),
  fc.uint8Array({ maxLength: 64 }),
  fc.uint8Array({ minLength: 1000, maxLength: 5000 }),
)

const timestamps = fc
  .date({ min: new Date('2000-01-01T00:00:00Z'), max: new Date('2100-01-01T00:00:00Z'), noInvalidDate: true })
  .map((date) => date.toISOString())

const ulids = fc.stringMatching(/^[0-7][0-9A-HJKMNP-TV-Z]{25}$/)

/** Metadata of one id, or of any, with every optional field there or not. */
export const credentialMetadata = (ids: fc.Arbitrary<string> = credentialIds): fc.Arbitrary<CredentialMetadata> =>
  fc.record(
    {
      id: ids,
      kind: fc.constantFrom('opaque', 'api-key', 'database'),
      encoding: fc.constantFrom('text', 'bytes', 'json'),
      scope: scopeIds,
      tags: tagSets,
      createdAt: timestamps,
      updatedAt: timestamps,
      expiresAt: timestamps,
      revision: ulids,
      writeId: ulids,
      seal: fc.record({ format: fc.constant(1), vaultId: ulids, keyId: ulids }),
    },
    { requiredKeys: ['id', 'kind', 'encoding', 'tags', 'createdAt', 'updatedAt', 'revision', 'writeId'] },
  )

/** Whole records of one id, or of any. */
export const credentialRecords = (ids: fc.Arbitrary<string> = credentialIds): fc.Arbitrary<CredentialRecord> =>
  fc.record({ metadata: credentialMetadata(ids), value: credentialValues })
