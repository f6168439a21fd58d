import { expect, it } from 'vitest'
import { parseVersion, versionText } from './kv-version.ts'

it('gives a version back', () => {
  const version = { number: 12, createdTime: '2026-11-21T12:24:47.819820852Z' }
  expect(versionText(version)).toBe('12@2026-11-21T12:24:47.819820852Z')
  expect(parseVersion(versionText(version))).toEqual(version)
  expect(parseVersion('1@2026-11-21T12:24:47Z')).toEqual({ number: 1, createdTime: '2026-11-21T12:24:47Z' })
})

it.each([
  '',
  '1',
  '@',
  '0@2026-11-21T12:24:47Z',
  '1@',
  '1@yesterday',
  '-1@2026-11-21T12:24:47Z',
  '1@2026-11-21T12:24:47Z/../..',
])('knows that %j is none', (text) => {
  expect(parseVersion(text)).toBeUndefined()
})
