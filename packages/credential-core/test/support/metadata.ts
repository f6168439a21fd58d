import { parseScopeId } from '@holdfast/contracts'
import type { UnsealedMetadata } from '../../src/sealing/sealer.ts'

/** Metadata in which every field is filled. */
export const fullMetadata = (change: Partial<UnsealedMetadata> = {}): UnsealedMetadata => ({
  id: 'db/main',
  kind: 'opaque',
  encoding: 'text',
  scope: parseScopeId('org:acme/team:eng'),
  tags: { region: 'eu', stage: 'prod' },
  createdAt: '2026-01-01T00:00:00.000Z',
  updatedAt: '2026-02-01T00:00:00.000Z',
  expiresAt: '2027-01-01T00:00:00.000Z',
  revision: '01HZZZZZZZZZZZZZZZZZZZZZZZ',
  writeId: '01HZZZZZZZZZZZZZZZZZZZZZZY',
  ...change,
})
