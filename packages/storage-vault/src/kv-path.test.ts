import { awkwardIds, credentialIds } from '@holdfast/testkit'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { decodeKvPath, encodeKvPath } from './kv-path.ts'

it.each([
  ['db/main', 'db/main'],
  ['Team_1/API-key.v2', 'Team_1/API-key.v2'],
  ['with space', 'with~20space'],
  ['%2e%2e', '~252e~252e'],
  ['..\\..', '~2e~2e~5c.~2e'],
  ['...', '~2e~2e~2e'],
  ['.hidden', '~2ehidden'],
  ['dot.', 'dot.'],
  ['a~20b', 'a~7e20b'],
  ['é', '~c3~a9'],
])('writes %s as %s', (id, path) => {
  expect(encodeKvPath(id)).toBe(path)
  expect(decodeKvPath(path)).toBe(id)
})

it('gives every id back, and sends nothing that a server or a URL would read another way', () => {
  const holds = (id: string): void => {
    const path = encodeKvPath(id)
    expect(decodeKvPath(path)).toBe(id)
    expect(path).toMatch(/^[\w.~/-]+$/)
    expect(path).not.toContain('..')
    expect(new URL(`http://host/v1/${path}`).pathname).toBe(`/v1/${path}`)
  }
  for (const id of awkwardIds) holds(id)
  fc.assert(fc.property(credentialIds, holds))
})

it('never gives two ids one path', () => {
  fc.assert(
    fc.property(credentialIds, credentialIds, (one, other) => {
      expect(encodeKvPath(one) === encodeKvPath(other)).toBe(one === other)
    }),
  )
})

it.each(['a b', 'a%20b', '~2E', '~zz', '~6', '~61', 'a~', '~ff', 'ünïcödé', '..', '.a', ''])(
  'knows that %j is the path of no id',
  (path) => {
    // The empty id has the empty path; it is refused before anything is encoded.
    expect(decodeKvPath(path)).toBe(path === '' ? '' : undefined)
  },
)
