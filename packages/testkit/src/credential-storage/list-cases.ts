import assert from 'node:assert/strict'
import { parseScopeId } from '@holdfast/contracts'
import type { AnyCredentialStorage, ListOptions } from '@holdfast/contracts/credentials'
import { collect } from '../collect.ts'
import type { CredentialStorageCase } from './credential-storage-harness.ts'
import { sampleRecord } from './sample-record.ts'

/** What a listing yields. */
export const listCases: readonly CredentialStorageCase[] = [
  {
    name: 'list: yields nothing of an empty storage',
    async run({ storage }) {
      assert.deepEqual(await collect(storage.list()), [])
    },
  },
  {
    name: 'list: yields id, current version and metadata of each credential, and nothing else',
    async run({ storage }) {
      for (const id of ['one', 'two', 'three']) await storage.store(id, sampleRecord(id))
      await storage.store('two', sampleRecord('two', { tags: { changed: 'yes' } }))
      const summaries = await collect(storage.list())
      assert.deepEqual(summaries.map(({ id }) => id).sort(), ['one', 'three', 'two'])
      for (const summary of summaries) {
        assert.deepEqual(Object.keys(summary).sort(), ['id', 'metadata', 'version'])
        const { version, metadata } = await storage.retrieve(summary.id)
        assert.deepEqual([summary.version, summary.metadata], [version, metadata])
      }
    },
  },
  {
    name: 'list include id: yields the same ids and neither version nor metadata',
    async run({ storage }) {
      for (const id of ['one', 'two']) await storage.store(id, sampleRecord(id))
      const summaries = await collect(storage.list({ include: 'id' }))
      assert.deepEqual(summaries.map(({ id }) => id).sort(), ['one', 'two'])
      for (const { version, metadata } of summaries) assert.deepEqual([version, metadata], [undefined, undefined])
      assert.deepEqual(await idsOf(storage, { include: 'id', prefix: 'o' }), ['one'])
    },
  },
  {
    name: 'list prefix: is plain text, wherever it ends, and case counts',
    async run({ storage }) {
      for (const id of ['ab', 'abc', 'ab/c', 'ab*c', 'a/b', 'AB', 'b/ab']) await storage.store(id, sampleRecord(id))
      assert.deepEqual(await idsOf(storage, { prefix: 'ab' }), ['ab', 'ab*c', 'ab/c', 'abc'])
      assert.deepEqual(await idsOf(storage, { prefix: 'ab/' }), ['ab/c'])
      assert.deepEqual(await idsOf(storage, { prefix: 'ab*' }), ['ab*c'])
      assert.deepEqual(await idsOf(storage, { prefix: 'A' }), ['AB'])
      assert.deepEqual(await idsOf(storage, { prefix: '' }), ['AB', 'a/b', 'ab', 'ab*c', 'ab/c', 'abc', 'b/ab'])
      assert.deepEqual(await idsOf(storage, { prefix: 'nothing' }), [])
    },
  },
  {
    name: 'list scope: is that scope and what lies below it, by whole segments',
    async run({ storage }) {
      const scopes = [
        'org:acme',
        'org:acme/team:eng',
        'org:acme/team:eng/service:api',
        'org:acme/team:engineering',
        'org:ac',
      ]
      for (const [index, scope] of scopes.entries()) {
        await storage.store(`scoped/${index}`, sampleRecord(`scoped/${index}`, { scope: parseScopeId(scope) }))
      }
      await storage.store('unscoped', sampleRecord('unscoped'))
      const found = async (scope: string): Promise<string> => (await idsOf(storage, { scope })).join(' ')
      assert.equal(await found('org:acme'), 'scoped/0 scoped/1 scoped/2 scoped/3')
      assert.equal(await found('org:acme/team:eng'), 'scoped/1 scoped/2')
      assert.equal(await found('org:acme/team:eng/service:api'), 'scoped/2')
      assert.equal(await found('org:ac'), 'scoped/4')
      assert.equal(await found('org:a'), '')
      assert.equal(await found('team:eng'), '')
    },
  },
  {
    name: 'list tags: must all be there with exactly these values',
    async run({ storage }) {
      await storage.store('both', sampleRecord('both', { tags: { env: 'prod', team: 'eng', more: 'x' } }))
      await storage.store('half', sampleRecord('half', { tags: { env: 'prod' } }))
      await storage.store('case', sampleRecord('case', { tags: { env: 'PROD', team: 'eng' } }))
      await storage.store('none', sampleRecord('none'))
      assert.deepEqual(await idsOf(storage, { tags: { env: 'prod', team: 'eng' } }), ['both'])
      assert.deepEqual(await idsOf(storage, { tags: { env: 'prod' } }), ['both', 'half'])
      assert.deepEqual(await idsOf(storage, { tags: { env: 'pro' } }), [])
      assert.deepEqual(await idsOf(storage, { tags: { constructor: '' } }), [])
      assert.deepEqual(await idsOf(storage, { tags: {} }), ['both', 'case', 'half', 'none'])
    },
  },
  {
    name: 'list: all its filters narrow it together',
    async run({ storage }) {
      const store = async (id: string, scope: string, env: string): Promise<void> => {
        await storage.store(id, sampleRecord(id, { scope: parseScopeId(scope), tags: { env } }))
      }
      await store('db/main', 'org:acme/team:eng', 'prod')
      await store('db/other', 'org:acme/team:ops', 'prod')
      await store('db/test', 'org:acme/team:eng', 'test')
      await store('api/main', 'org:acme/team:eng', 'prod')
      const options: ListOptions = { prefix: 'db/', scope: 'org:acme/team:eng', tags: { env: 'prod' } }
      assert.deepEqual(await idsOf(storage, options), ['db/main'])
      assert.deepEqual(await idsOf(storage, { ...options, include: 'id' }), ['db/main'])
    },
  },
  {
    name: 'list: filters by the metadata of the current version',
    async run({ storage }) {
      await storage.store('moved', sampleRecord('moved', { tags: { env: 'test' } }))
      await storage.store('moved', sampleRecord('moved', { tags: { env: 'prod' } }))
      assert.deepEqual(await idsOf(storage, { tags: { env: 'test' } }), [])
      assert.deepEqual(await idsOf(storage, { tags: { env: 'prod' } }), ['moved'])
    },
  },
  {
    name: 'list: yields what is there throughout exactly once while others write',
    async run({ storage }) {
      const stable = Array.from({ length: 40 }, (_, index) => `stable/${index}`)
      const fleeting = Array.from({ length: 10 }, (_, index) => `fleeting/${index}`)
      for (const id of [...stable, ...fleeting]) await storage.store(id, sampleRecord(id))
      const seen: string[] = []
      for await (const { id } of storage.list()) {
        const step = seen.push(id) - 1
        // Between any two items: overwrite, delete and create, so that the order underneath moves.
        const overwritten = stable[(step * 7) % stable.length]
        const deleted = fleeting[step]
        if (overwritten !== undefined) await storage.store(overwritten, sampleRecord(overwritten))
        if (deleted !== undefined) await storage.delete(deleted)
        if (step < 20) await storage.store(`added/${step}`, sampleRecord(`added/${step}`))
        assert.ok(seen.length <= 100, 'the listing does not end')
      }
      assert.equal(new Set(seen).size, seen.length, 'an id came twice')
      const missed = stable.filter((id) => !seen.includes(id))
      assert.deepEqual(missed, [], 'ids were missed that were there throughout')
    },
  },
  {
    name: 'list: can be left early and run twice at the same time',
    async run({ storage }) {
      for (let index = 0; index < 10; index++) await storage.store(`item/${index}`, sampleRecord(`item/${index}`))
      for await (const { id } of storage.list()) {
        assert.ok(id.startsWith('item/'))
        break
      }
      const [first, second] = await Promise.all([idsOf(storage, {}), idsOf(storage, {})])
      assert.equal(first.length, 10)
      assert.deepEqual(first, second)
    },
  },
]

const idsOf = async (storage: AnyCredentialStorage, options: ListOptions): Promise<string[]> =>
  (await collect(storage.list(options))).map(({ id }) => id).sort()
