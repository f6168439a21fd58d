import fc from 'fast-check'
import { expect, it } from 'vitest'
import { assertCredentialId, credentialIdProblem, maxCredentialIdBytes } from './credential-id.ts'

it.each([
  'a',
  'db/main',
  'DB/Main',
  'CON',
  'a b',
  'ü',
  '.env',
  'a/.b/..c',
  'x'.repeat(512),
  'ü'.repeat(256),
  'a\\b',
  '😀',
])('accepts %j', (id) => {
  expect(credentialIdProblem(id)).toBeUndefined()
  assertCredentialId(id, 'test', 'store')
})

it.each<[unknown, RegExp]>([
  [7, /not a string/],
  [undefined, /not a string/],
  ['', /empty/],
  ['x'.repeat(513), /longer than 512 bytes/],
  ['ü'.repeat(257), /longer than 512 bytes/],
  ['a\u0000b', /control character/],
  ['a\nb', /control character/],
  ['a\u007fb', /control character/],
  ['a\u0085b', /control character/],
  ['u\u0308', /normalisation form C/],
  ['\ud800', /well-formed Unicode/],
  ['/a', /starts or ends with a slash/],
  ['a/', /starts or ends with a slash/],
  ['/', /starts or ends with a slash/],
  ['a//b', /segment/],
  ['.', /segment/],
  ['..', /segment/],
  ['a/../b', /segment/],
  ['a/.', /segment/],
])('refuses %j', (id, problem) => {
  expect(credentialIdProblem(id)).toMatch(problem)
  // Callers without types can pass anything.
  expect(() => assertCredentialId(id as string, 'storage-test', 'store')).toThrow(
    expect.objectContaining({
      code: 'INVALID_ARGUMENT',
      reason: 'ID_INVALID',
      source: 'storage-test',
      operation: 'store',
    }),
  )
})

/** Texts of what ids are made of, which come close to each rule. */
const idLike = fc.string({
  unit: fc.constantFrom('a', 'Z', '_', '0', '/', '.', '-', ':', '@', ' ', '\n'),
  maxLength: 20,
})

it('accepts exactly what keeps the rules, and two names that look the same only in one form', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary', maxLength: 300 }), idLike), (id) => {
      const bytes = new TextEncoder().encode(id)
      const keepsRules =
        bytes.length >= 1 &&
        bytes.length <= maxCredentialIdBytes &&
        new TextDecoder().decode(bytes) === id &&
        id.normalize('NFC') === id &&
        !/\p{Cc}/u.test(id) &&
        id.split('/').every((segment) => !['', '.', '..'].includes(segment))
      // A byte order mark at the start is dropped by TextDecoder and is valid in an id.
      fc.pre(!id.startsWith('\ufeff'))
      expect(credentialIdProblem(id) === undefined).toBe(keepsRules)
    }),
  )
})
