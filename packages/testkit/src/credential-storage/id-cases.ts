import assert from 'node:assert/strict'
import { collect } from '../collect.ts'
import { expectRejection } from '../expect-rejection.ts'
import type { CredentialStorageCase } from './credential-storage-harness.ts'
import { awkwardIds, invalidIds } from './hostile-ids.ts'
import { sampleRecord, sampleText, sampleValueMarker } from './sample-record.ts'
import { callsWithId } from './storage-calls.ts'

/** What ids a storage takes and how it tells them apart. */
export const idCases: readonly CredentialStorageCase[] = [
  {
    name: 'ids: finds every awkward but valid id again under exactly its own value',
    async run({ storage }) {
      const ids = awkwardIds.filter((id) => Buffer.byteLength(id) <= storage.capabilities.limits.maxIdLength)
      for (const id of ids) await storage.store(id, sampleRecord(id))
      for (const id of ids) {
        const { metadata, value } = await storage.retrieve(id)
        assert.equal(metadata.id, id)
        assert.equal(sampleText(value), id)
        assert.equal(await storage.exists(id), true)
      }
      const listed = (await collect(storage.list())).map((summary) => summary.id)
      assert.deepEqual(listed.sort(), [...ids].sort())
    },
  },
  {
    name: 'ids: keeps apart ids that differ only in case',
    async run({ storage }) {
      await expectSeparate(storage, ['team/api', 'Team/api', 'TEAM/API', 'team/API'])
    },
  },
  {
    name: 'ids: keeps apart ids that look alike once they are encoded or nested',
    async run({ storage }) {
      await expectSeparate(storage, [
        'a',
        'a/b',
        'a/b/c',
        'a%2Fb',
        'a%2fb',
        'a%252Fb',
        'a_b',
        'a-b',
        'a.b',
        'a b',
        'a+b',
        'a--b',
      ])
    },
  },
  {
    name: 'ids: refuses every invalid id in every method with INVALID_ARGUMENT and ID_INVALID',
    async run({ storage }) {
      for (const id of invalidIds) {
        for (const { operation, run } of callsWithId(storage, id)) {
          await expectRejection(() => run(storage), { code: 'INVALID_ARGUMENT', reason: 'ID_INVALID', operation })
        }
      }
      assert.deepEqual(await collect(storage.list()), [])
    },
  },
  {
    name: 'ids: takes an id of exactly the longest length and refuses a longer one',
    async run({ storage }) {
      const { maxIdLength } = storage.capabilities.limits
      const longest = 'l'.repeat(maxIdLength)
      await storage.store(longest, sampleRecord(longest))
      assert.equal((await storage.retrieve(longest)).metadata.id, longest)
      const tooLong = 'l'.repeat(maxIdLength + 1)
      await expectRejection(() => storage.store(tooLong, sampleRecord(tooLong)), {
        code: 'INVALID_ARGUMENT',
        operation: 'store',
      })
    },
  },
  {
    name: 'ids: refuses a record whose metadata names another id',
    async run({ storage }) {
      await expectRejection(() => storage.store('one', sampleRecord('other')), {
        code: 'INVALID_ARGUMENT',
        operation: 'store',
        secrets: [sampleValueMarker],
      })
      assert.equal(await storage.exists('one'), false)
      assert.equal(await storage.exists('other'), false)
    },
  },
]

/** Stores under each id, changes one after the other, and looks that no other id saw it. */
const expectSeparate = async (
  storage: Parameters<CredentialStorageCase['run']>[0]['storage'],
  ids: readonly string[],
): Promise<void> => {
  for (const id of ids) await storage.store(id, sampleRecord(id))
  for (const id of ids) assert.equal(sampleText((await storage.retrieve(id)).value), id)
  for (const [index, id] of ids.entries()) {
    assert.deepEqual(await storage.delete(id), { deleted: true })
    for (const [other, otherId] of ids.entries()) assert.equal(await storage.exists(otherId), other > index, otherId)
  }
}
