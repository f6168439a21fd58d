import assert from 'node:assert/strict'
import { parseScopeId } from '@holdfast/contracts'
import { expectRejection } from '../expect-rejection.ts'
import type { CredentialStorageCase } from './credential-storage-harness.ts'
import { sampleRecord } from './sample-record.ts'

const timestampPattern = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/

/** Tag names and values that objects, URLs and label syntaxes stumble over. */
const awkwardTags: Readonly<Record<string, string>> = Object.fromEntries([
  ['env', 'prod'],
  ['Env', 'PROD'],
  ['empty', ''],
  ['owner/name', 'a b=c&d?e'],
  ['ключ', 'значение'],
  ['quote"\\', 'line\nbreak'],
  ['constructor', 'x'],
  ['__proto__', 'y'],
])

/** What happens to the readable header of a record. */
export const metadataCases: readonly CredentialStorageCase[] = [
  {
    name: 'metadata: comes back whole, with every optional field',
    async run({ storage }) {
      const record = sampleRecord('whole', {
        kind: 'database',
        encoding: 'json',
        scope: parseScopeId('org:acme/team:eng/service:api'),
        tags: Object.fromEntries(Object.entries(awkwardTags).slice(0, storage.capabilities.limits.maxTags)),
        expiresAt: '2030-12-31T23:59:59.999Z',
        seal: { format: 1, vaultId: 'vault-1', keyId: 'key-1' },
      })
      const { version } = await storage.store('whole', record)
      const retrieved = await storage.retrieve('whole')
      assert.deepEqual(plain(retrieved.metadata), plain(record.metadata))
      for await (const summary of storage.list()) {
        assert.deepEqual(plain(summary), plain({ id: 'whole', version, metadata: record.metadata }))
      }
    },
  },
  {
    name: 'metadata: has no field that was not stored',
    async run({ storage }) {
      const record = sampleRecord('bare')
      await storage.store('bare', record)
      assert.deepEqual(plain((await storage.retrieve('bare')).metadata), plain(record.metadata))
    },
  },
  {
    name: 'metadata: is replaced as a whole by the next write',
    async run({ storage }) {
      await storage.store(
        'replaced',
        sampleRecord('replaced', { tags: { old: '1' }, expiresAt: '2030-01-01T00:00:00.000Z' }),
      )
      const next = sampleRecord('replaced', { tags: { fresh: '2' } })
      await storage.store('replaced', next)
      assert.deepEqual(plain((await storage.retrieve('replaced')).metadata), plain(next.metadata))
    },
  },
  {
    name: 'metadata: takes maxTags tags and refuses one more with LIMIT_EXCEEDED',
    async run({ storage }) {
      const { maxTags } = storage.capabilities.limits
      await storage.store('tagged', sampleRecord('tagged', { tags: numberedTags(maxTags) }))
      assert.equal(Object.keys((await storage.retrieve('tagged')).metadata.tags).length, maxTags)
      const tooMany = sampleRecord('tagged/more', { tags: numberedTags(maxTags + 1) })
      await expectRejection(() => storage.store('tagged/more', tooMany), {
        code: 'INVALID_ARGUMENT',
        reason: 'LIMIT_EXCEEDED',
        operation: 'store',
      })
      assert.equal(await storage.exists('tagged/more'), false)
    },
  },
  {
    name: 'metadata: a write answers a version and a time in RFC 3339, and retrieve the same version',
    async run({ storage }) {
      const { version, createdAt } = await storage.store('answered', sampleRecord('answered'))
      assert.ok(typeof version === 'string' && version.length > 0, 'the version is no text')
      assert.match(createdAt, timestampPattern)
      assert.equal((await storage.retrieve('answered')).version, version)
    },
  },
]

const numberedTags = (count: number): Record<string, string> =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`tag-${index}`, `value-${index}`]))

/** As entries, so that a key such as `__proto__` is compared as the plain key it is. */
const plain = (value: unknown): unknown =>
  typeof value === 'object' && value !== null
    ? Object.entries(value)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([key, inner]) => [key, plain(inner)])
    : value
