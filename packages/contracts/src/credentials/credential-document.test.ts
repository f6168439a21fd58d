import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeCredentialDocument, encodeCredentialDocument } from './credential-document.ts'
import type { CredentialMetadata } from './credential-record.ts'

const metadata = (fields: Partial<CredentialMetadata> = {}): CredentialMetadata => ({
  id: 'db/main',
  kind: 'opaque',
  encoding: 'text',
  tags: { team: 'core' },
  createdAt: '2026-01-01T00:00:00.000Z',
  updatedAt: '2026-01-01T00:00:00.000Z',
  revision: '01J00000000000000000000000',
  writeId: '01J00000000000000000000001',
  ...fields,
})
const seal = { format: 1, vaultId: 'v', keyId: 'k' }
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

describe('the document of a credential', () => {
  it('gives back any record, sealed or readable', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.uint8Array({ maxLength: 200 }), fc.string({ unit: 'binary' }).map(bytes)),
        fc.constantFrom('text', 'bytes', 'json') as fc.Arbitrary<'text' | 'bytes' | 'json'>,
        fc.boolean(),
        (value, encoding, isSealed) => {
          const record = { metadata: metadata({ encoding, ...(isSealed ? { seal } : {}) }), value }
          expect(decodeCredentialDocument(encodeCredentialDocument(record), 'db/main')).toEqual(record)
        },
      ),
    )
  })

  it('shows a readable text to other tools, and never the bytes of a sealed one as text', () => {
    const readable = encodeCredentialDocument({ metadata: metadata(), value: bytes('grüße') })
    expect(JSON.parse(readable)).toMatchObject({ holdfast: 1, text: 'grüße' })
    const sealed = JSON.parse(encodeCredentialDocument({ metadata: metadata({ seal }), value: bytes('abc') }))
    expect(sealed).not.toHaveProperty('text')
    expect(sealed).toHaveProperty('base64', 'YWJj')
  })

  it('reads what a backend for JSON has made of the text, its keys in another order', () => {
    const record = { metadata: metadata({ tags: { b: '2', a: '1' } }), value: Uint8Array.of(0, 255, 128) }
    const { metadata: inner, ...rest } = JSON.parse(encodeCredentialDocument(record))
    expect(decodeCredentialDocument({ ...rest, metadata: inner }, 'db/main')).toEqual(record)
    expect(decodeCredentialDocument({ password: 'hunter2' }, 'db/main')).toHaveProperty('problem')
  })

  it('keeps a byte order mark, which a text would lose', () => {
    const record = { metadata: metadata(), value: Uint8Array.of(0xef, 0xbb, 0xbf, 0x61) }
    expect(decodeCredentialDocument(encodeCredentialDocument(record), 'db/main')).toEqual(record)
  })

  it.each<[string, string, RegExp]>([
    ['no JSON', 'hunter2', /not written by this library/],
    ['an array', '[]', /not written by this library/],
    ['another object', '{"username":"a"}', /not written by this library/],
    ['a later format', '{"holdfast":2}', /format 2/],
    ['no metadata', '{"holdfast":1}', /no metadata/],
    [
      'another id',
      JSON.stringify({ holdfast: 1, metadata: metadata({ id: 'db/other' }), text: '' }),
      /another credential/,
    ],
    ['half its metadata', '{"holdfast":1,"metadata":{"id":"db/main","tags":{}},"text":""}', /kind, encoding/],
    ['a wrong scope', JSON.stringify({ holdfast: 1, metadata: { ...metadata(), scope: 5 }, text: '' }), /scope/],
    [
      'tags that are no texts',
      JSON.stringify({ holdfast: 1, metadata: { ...metadata(), tags: { a: 1 } }, text: '' }),
      /tags/,
    ],
    ['no value', JSON.stringify({ holdfast: 1, metadata: metadata() }), /no value/],
    ['a value that is no base64', JSON.stringify({ holdfast: 1, metadata: metadata(), base64: '%' }), /no value/],
  ])('is no record with %s, and says why without showing it', (_, document, problem) => {
    const answer = decodeCredentialDocument(document, 'db/main')
    expect(answer).toEqual({ problem: expect.stringMatching(problem) })
    expect(JSON.stringify(answer)).not.toContain('hunter2')
  })

  it('reads nothing into arbitrary text', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (document) => {
        expect(decodeCredentialDocument(document, 'db/main')).toHaveProperty('problem')
      }),
    )
  })
})
