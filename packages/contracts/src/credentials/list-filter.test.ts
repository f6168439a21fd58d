import { expect, it } from 'vitest'
import { parseScopeId } from '../scope-id.ts'
import type { CredentialMetadata } from './credential-record.ts'
import { createListFilter } from './list-filter.ts'

const metadata = (fields: Partial<CredentialMetadata>): CredentialMetadata => ({
  id: 'db/main',
  kind: 'opaque',
  encoding: 'text',
  tags: {},
  createdAt: '2026-01-01T00:00:00.000Z',
  updatedAt: '2026-01-01T00:00:00.000Z',
  revision: '01KDW0XW000000000000000001',
  writeId: '01KDW0XX000000000000000001',
  ...fields,
})

it('shows everything unless it is told otherwise, also what cannot be read', () => {
  const matches = createListFilter({})
  expect(matches({ id: 'db/main', metadata: metadata({}) })).toBe(true)
  expect(matches({ id: 'damaged' })).toBe(true)
})

it('goes by the beginning of the id, the segments of the scope and exact tags, all together', () => {
  const eng = metadata({ scope: parseScopeId('org:acme/team:eng'), tags: { env: 'prod', more: 'x' } })
  const options = { prefix: 'db/', scope: 'org:acme', tags: { env: 'prod' } }
  expect(createListFilter(options)({ id: 'db/main', metadata: eng })).toBe(true)
  expect(createListFilter({ ...options, prefix: 'api/' })({ id: 'db/main', metadata: eng })).toBe(false)
  expect(createListFilter({ ...options, scope: 'org:ac' })({ id: 'db/main', metadata: eng })).toBe(false)
  expect(createListFilter({ ...options, tags: { env: 'PROD' } })({ id: 'db/main', metadata: eng })).toBe(false)
  expect(createListFilter({ tags: { constructor: '' } })({ id: 'db/main', metadata: eng })).toBe(false)
})

it('shows nothing whose metadata cannot be read where they are asked for', () => {
  expect(createListFilter({ scope: 'org:acme' })({ id: 'damaged' })).toBe(false)
  expect(createListFilter({ tags: { env: 'prod' } })({ id: 'damaged' })).toBe(false)
  expect(createListFilter({ tags: {} })({ id: 'damaged' })).toBe(true)
})

it('refuses a scope that is none', () => {
  expect(() => createListFilter({ scope: 'acme' })).toThrow(/scope/)
})
