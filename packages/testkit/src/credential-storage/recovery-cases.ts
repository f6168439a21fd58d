import assert from 'node:assert/strict'
import { HoldfastError } from '@holdfast/contracts'
import type { AnyCredentialStorage, StoredVersion } from '@holdfast/contracts/credentials'
import { collect } from '../collect.ts'
import { expectRejection } from '../expect-rejection.ts'
import type { CredentialStorageCase } from './credential-storage-harness.ts'
import { sampleRecord, sampleText } from './sample-record.ts'
import { historyOf, present } from './storage-calls.ts'

/** Deleted credentials: recovering and purging them. */
export const recoveryCases: readonly CredentialStorageCase[] = [
  {
    name: 'recover: puts value and metadata back as they were, under a new version',
    needs: ['recover'],
    async run({ storage }) {
      const record = sampleRecord('lost', { value: 'precious', tags: { keep: 'me' } })
      const before = await storage.store('lost', record)
      await storage.delete('lost')
      const { version } = await recover(storage, 'lost')
      const found = await storage.retrieve('lost')
      assert.notEqual(version, before.version)
      assert.equal(found.version, version)
      assert.equal(sampleText(found.value), 'precious')
      assert.deepEqual(found.metadata, record.metadata)
      assert.equal(await storage.exists('lost'), true)
      assert.deepEqual(await deletedIds(storage), [])
    },
  },
  {
    name: 'recover: puts the last state back, as often as it is deleted',
    needs: ['recover'],
    async run({ storage }) {
      for (const value of ['1', '2', '3']) {
        await storage.store('again', sampleRecord('again', { value }))
        await storage.delete('again')
        await recover(storage, 'again')
        assert.equal(sampleText((await storage.retrieve('again')).value), value)
      }
    },
  },
  {
    name: 'recover: of what is not there is NOT_FOUND, of what exists CONFLICT',
    needs: ['recover'],
    async run({ storage }) {
      await expectRejection(() => recover(storage, 'absent'), { code: 'NOT_FOUND', operation: 'recover' })
      await storage.store('alive', sampleRecord('alive'))
      await expectRejection(() => recover(storage, 'alive'), { code: 'CONFLICT', operation: 'recover' })
      assert.equal(sampleText((await storage.retrieve('alive')).value), 'alive')
    },
  },
  {
    name: 'recover: a deleted name is free or reserved until it is recovered or purged, never half of it',
    needs: ['recover'],
    async run({ storage }) {
      await storage.store('name', sampleRecord('name', { value: 'first' }))
      await storage.delete('name')
      const stored = await storage
        .store('name', sampleRecord('name', { value: 'second' }))
        .catch((error: unknown) => error)
      if (HoldfastError.is(stored)) {
        assert.deepEqual([stored.code, stored.reason], ['ALREADY_EXISTS', 'NAME_RESERVED'])
        assert.equal(typeof stored.details.until, 'string', 'details.until is missing')
        await recover(storage, 'name')
        assert.equal(sampleText((await storage.retrieve('name')).value), 'first')
        return
      }
      assert.equal(sampleText((await storage.retrieve('name')).value), 'second')
      await expectRejection(() => recover(storage, 'name'), { code: 'CONFLICT', operation: 'recover' })
      assert.deepEqual(await deletedIds(storage), [])
    },
  },
  {
    name: 'listDeleted: yields what was deleted and nothing else, with the time',
    needs: ['recover'],
    async run({ storage }) {
      for (const id of ['a', 'b', 'c']) await storage.store(id, sampleRecord(id))
      await storage.delete('a')
      await storage.delete('c')
      await storage.delete('never')
      assert.deepEqual(await deletedIds(storage), ['a', 'c'])
      for await (const { deletedAt, recoverableUntil } of present(storage, 'listDeleted').call(storage)) {
        assert.match(deletedAt, /^\d{4}-\d\d-\d\dT/)
        if (recoverableUntil !== undefined) assert.ok(recoverableUntil > deletedAt)
      }
    },
  },
  {
    name: 'purge: removes a deleted credential and its versions for good, and is idempotent',
    needs: ['recover'],
    async run({ storage }) {
      await storage.store('purged', sampleRecord('purged', { value: '1' }))
      await storage.store('purged', sampleRecord('purged', { value: '2' }))
      await storage.delete('purged')
      assert.deepEqual(await purge(storage, 'purged'), { purged: true })
      assert.deepEqual(await purge(storage, 'purged'), { purged: false })
      assert.deepEqual(await deletedIds(storage), [])
      await expectRejection(() => recover(storage, 'purged'), { code: 'NOT_FOUND', operation: 'recover' })
      const { version } = await storage.store('purged', sampleRecord('purged', { value: '3' }))
      if (storage.capabilities.versions) assert.deepEqual(await historyOf(storage, 'purged'), [version])
      assert.deepEqual(await purge(storage, 'never-there'), { purged: false })
    },
  },
  {
    name: 'purge: of what is not deleted is CONFLICT and harms nothing',
    needs: ['recover'],
    async run({ storage }) {
      await storage.store('alive', sampleRecord('alive'))
      await expectRejection(() => purge(storage, 'alive'), { code: 'CONFLICT', operation: 'purge' })
      assert.equal(sampleText((await storage.retrieve('alive')).value), 'alive')
    },
  },
]

const recover = (storage: AnyCredentialStorage, id: string): Promise<StoredVersion> =>
  present(storage, 'recover').call(storage, id)

const purge = (storage: AnyCredentialStorage, id: string): Promise<{ readonly purged: boolean }> =>
  present(storage, 'purge').call(storage, id)

const deletedIds = async (storage: AnyCredentialStorage): Promise<string[]> =>
  (await collect(present(storage, 'listDeleted').call(storage))).map(({ id }) => id).sort()
