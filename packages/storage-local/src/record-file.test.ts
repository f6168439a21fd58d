import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { sampleRecord, textOf } from '../test/sample-record.ts'
import { decodeRecordFile, encodeRecordFile, type RecordFile } from './record-file.ts'
import { newVersion, versionFileName, versionFileNumber, versionNumber } from './version-name.ts'

const file = (id = 'db/main', number = 7, text = 'value'): RecordFile => ({
  state: 'stored',
  id,
  version: newVersion(number),
  storedAt: '2026-01-01T00:00:00.000Z',
  record: sampleRecord(id, text),
})
const place = { id: 'db/main', number: 7 }

describe('format 1', () => {
  it('gives back what was written', () => {
    const stored = file()
    expect(decodeRecordFile(encodeRecordFile(stored), place)).toEqual(stored)
    for (const state of ['deleted', 'purged'] as const) {
      const mark = { state, id: 'db/main', version: newVersion(7), storedAt: '2026-01-01T00:00:00.000Z' }
      expect(decodeRecordFile(encodeRecordFile(mark), place)).toEqual(mark)
    }
  })

  it('begins with a line that names the format', () => {
    expect(Buffer.from(encodeRecordFile(file())).toString('latin1')).toMatch(/^holdfast 1\n/)
  })

  it('finds every flipped bit', () => {
    const bytes = Buffer.from(encodeRecordFile(file()))
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const flipped = Buffer.from(bytes)
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      expect(decodeRecordFile(flipped, place).state).toBe('damaged')
    }
  })

  it('finds every truncation, and what was added', () => {
    const bytes = encodeRecordFile(file())
    for (let length = 0; length < bytes.length; length++) {
      expect(decodeRecordFile(bytes.subarray(0, length), place).state).toBe('damaged')
    }
    expect(decodeRecordFile(Buffer.concat([bytes, Buffer.from('x')]), place).state).toBe('damaged')
  })

  it('does not take a file for that of another id or version', () => {
    const bytes = encodeRecordFile(file())
    expect(decodeRecordFile(bytes, { id: 'db/other', number: 7 })).toMatchObject({ state: 'damaged' })
    expect(decodeRecordFile(bytes, { id: 'db/main', number: 8 })).toMatchObject({ state: 'damaged' })
    expect(decodeRecordFile(bytes, { id: undefined, number: 7 })).toMatchObject({ state: 'stored', id: 'db/main' })
  })

  it.each<[string, object]>([
    ['a scope that is no text', { scope: 5 }],
    ['no tags', { tags: undefined }],
    ['tags that are no text', { tags: { team: 5 } }],
  ])('is damaged with %s, which somebody else must have written', (_, metadata) => {
    const { id, version, storedAt } = file()
    const record = sampleRecord(id, 'value', metadata)
    const bytes = encodeRecordFile({ state: 'stored', id, version, storedAt, record })
    expect(decodeRecordFile(bytes, place)).toMatchObject({ state: 'damaged' })
  })

  it('reads nothing into arbitrary bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        expect(decodeRecordFile(bytes, place).state).toBe('damaged')
      }),
    )
  })

  it('tells a format of the future from damage', async () => {
    const { hash } = await import('node:crypto')
    const body = Buffer.from('holdfast 2\nsomething else entirely')
    const newer = Buffer.concat([body, hash('sha256', body, 'buffer')])
    expect(decodeRecordFile(newer, place).state).toBe('newer')
    newer[20] = 0
    expect(decodeRecordFile(newer, place).state).toBe('damaged')
  })
})

describe('format 0', () => {
  const legacy = (changes: Record<string, unknown> = {}) =>
    Buffer.from(
      JSON.stringify({
        version: 1,
        encrypted_data: Buffer.from('old value').toString('base64'),
        metadata: {
          id: 'db/main',
          created_at: '2025-05-01T10:00:00Z',
          last_modified: '2025-06-01T10:00:00Z',
          expires_at: '2027-01-01T00:00:00Z',
          scope: 'org:acme',
          tags: { team: 'a' },
        },
        salt: 'c2FsdA==',
        ...changes,
      }),
    )

  it('is read with all it knew, twice as the same version', () => {
    const found = decodeRecordFile(legacy(), place)
    if (found.state !== 'stored') throw new Error(found.state)
    expect(textOf(found.record)).toBe('old value')
    expect(found.record.metadata).toMatchObject({
      id: 'db/main',
      kind: 'opaque',
      encoding: 'bytes',
      scope: 'org:acme',
      tags: { team: 'a', 'format-0-salt': 'c2FsdA==' },
      createdAt: '2025-05-01T10:00:00.000Z',
      updatedAt: '2025-06-01T10:00:00.000Z',
      expiresAt: '2027-01-01T00:00:00.000Z',
    })
    expect(versionNumber(found.version)).toBe(7)
    expect(decodeRecordFile(legacy(), place)).toEqual(found)
  })

  it('needs nothing but the data and a metadata object', () => {
    const found = decodeRecordFile(legacy({ metadata: {}, salt: undefined }), place)
    expect(found).toMatchObject({ state: 'stored', id: 'db/main', record: { metadata: { tags: {} } } })
  })

  it.each([
    ['another id', { metadata: { id: 'db/other' } }],
    ['a scope that is none', { metadata: { id: 'db/main', scope: 'no scope' } }],
    ['no data', { encrypted_data: undefined }],
    ['no metadata', { metadata: [] }],
  ])('is damaged with %s', (_, changes) => {
    expect(decodeRecordFile(legacy(changes), place).state).toBe('damaged')
  })

  it('is damaged when it is cut short', () => {
    expect(decodeRecordFile(legacy().subarray(0, 50), place).state).toBe('damaged')
  })
})

describe('names of versions', () => {
  it.each([
    ['v1.cred', 1],
    ['v120.cred', 120],
    ['v0.cred', 0],
    ['v01.cred', 0],
    ['v.cred', 0],
    ['v1', 0],
    ['v1.cred~', 0],
    ['v1x.cred', 0],
    ['x1.cred', 0],
    ['v9999999999999999.cred', 0],
    ['vcred', 0],
  ])('%s has the number %i', (name, number) => {
    expect(versionFileNumber(name, 'cred')).toBe(number)
    if (number > 0) expect(versionFileName(number, 'cred')).toBe(name)
  })

  it.each(['', '7', '0-0123456789abcdef', '7-', '7-x', '../7-0123456789abcdef', '7-0123456789abcdef0'])(
    '%s is no version',
    (version) => {
      expect(versionNumber(version)).toBeUndefined()
    },
  )
})
