import { createUlidGenerator } from '@holdfast/contracts'
import { expect, it } from 'vitest'
import { abbreviate, createVersionId, isTombstoneId, parseVersionId, versionTimeMs } from './version-id.ts'

const at = Date.UTC(2026, 10, 21, 12, 34, 56, 789)
const ulid = createUlidGenerator(() => at)
const foreign = '34c624a1-e92d-42fd-8cf4-c17831ea65b2'

it('says of a version how it came to be, when, and what it was to replace', () => {
  const first = ulid()
  const written = createVersionId(first)
  expect(parseVersionId(written)).toEqual({ kind: 'w', ulid: first })
  const second = ulid()
  const replaced = createVersionId(second, { kind: 'c', over: written })
  expect(parseVersionId(replaced)).toEqual({ kind: 'c', ulid: second, predecessor: first })
  const third = ulid()
  const deleted = createVersionId(third, { kind: 'd', over: foreign })
  expect(parseVersionId(deleted)).toEqual({ kind: 'd', ulid: third, predecessor: abbreviate(foreign) })
  expect([written, replaced, deleted].map(isTombstoneId)).toEqual([false, false, true])
  expect([written, replaced, deleted].map(versionTimeMs)).toEqual([at, at, at])
  // AWS takes 32 to 64 characters.
  expect([written, replaced, deleted].map(({ length }) => length)).toEqual([37, 64, 64])
})

it.each([foreign, '', 'holdfast-w-', `holdfast-x-${ulid()}`, `holdfast-c-${ulid()}`, `holdfast-w-${'U'.repeat(26)}`])(
  'reads nothing into %j, which others made',
  (version) => {
    expect(parseVersionId(version)).toBeUndefined()
    expect(versionTimeMs(version)).toBeUndefined()
    expect(isTombstoneId(version)).toBe(false)
    expect(abbreviate(version)).toMatch(/^[0-9A-F]{26}$/)
  },
)
