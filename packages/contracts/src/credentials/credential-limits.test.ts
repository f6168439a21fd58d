import { expect, it } from 'vitest'
import { assertCredentialRecord, assertIdLength } from './credential-limits.ts'
import type { CredentialRecord } from './credential-record.ts'

const limits = { maxValueBytes: 4, maxTags: 2, maxIdLength: 6 }

const record = (id: string, value: Uint8Array, tags: Readonly<Record<string, string>> = {}): CredentialRecord => ({
  metadata: {
    id,
    kind: 'opaque',
    encoding: 'bytes',
    tags,
    createdAt: '2026-11-21T00:00:00.000Z',
    updatedAt: '2026-11-21T00:00:00.000Z',
    revision: '01M7YJYBQZRSE5CM4HADKWMP9X',
    writeId: '01M7YJYBQXEWT95B4HVTYRXM9T',
  },
  value,
})

it('takes an id, a value and tags up to the limit', () => {
  assertIdLength('üüü', limits, 'test', 'retrieve')
  assertCredentialRecord('a', record('a', new Uint8Array(4), { x: '1', y: '2' }), limits, 'test')
})

it('counts an id in UTF-8 bytes and names the operation', () => {
  expect(() => assertIdLength('üüüa', limits, 'test', 'retrieve')).toThrow(
    expect.objectContaining({
      code: 'INVALID_ARGUMENT',
      reason: 'LIMIT_EXCEEDED',
      source: 'test',
      operation: 'retrieve',
      message: expect.stringContaining('has 7 bytes of id, and 6 are allowed'),
    }),
  )
})

it.each([
  ['a value one byte too long', record('a', new Uint8Array(5)), 'LIMIT_EXCEEDED', '5 bytes of value, and 4'],
  ['one tag too many', record('a', new Uint8Array(0), { x: '', y: '', z: '' }), 'LIMIT_EXCEEDED', '3 tags, and 2'],
  ['the id of another one', record('b', new Uint8Array(0)), 'ID_INVALID', 'has the id of another one'],
])('refuses a record with %s', (_, given, reason, message) => {
  expect(() => assertCredentialRecord('a', given, limits, 'test')).toThrow(
    expect.objectContaining({
      code: 'INVALID_ARGUMENT',
      reason,
      operation: 'store',
      message: expect.stringContaining(message),
    }),
  )
})
