import assert from 'node:assert/strict'
import { collect } from '../collect.ts'
import { expectRejection } from '../expect-rejection.ts'
import type { CredentialStorageCase } from './credential-storage-harness.ts'
import { sampleRecord, sampleText } from './sample-record.ts'
import { present } from './storage-calls.ts'

/** Storing, finding and deleting without conditions. */
export const writeCases: readonly CredentialStorageCase[] = [
  {
    name: 'missing: is NOT_FOUND for retrieve, false for exists and deleted: false for delete',
    async run({ storage }) {
      await expectRejection(() => storage.retrieve('nobody'), { code: 'NOT_FOUND', operation: 'retrieve' })
      assert.equal(await storage.exists('nobody'), false)
      assert.deepEqual(await storage.delete('nobody'), { deleted: false })
      assert.deepEqual(await storage.delete('nobody'), { deleted: false })
    },
  },
  {
    name: 'store: without a condition writes over whatever is there',
    async run({ storage }) {
      await storage.store('over', sampleRecord('over', { value: 'first' }))
      await storage.store('over', sampleRecord('over', { value: 'second' }))
      assert.equal(sampleText((await storage.retrieve('over')).value), 'second')
      assert.equal((await collect(storage.list())).length, 1)
    },
  },
  {
    name: 'delete: makes it gone for retrieve, exists and list, and is idempotent',
    async run({ storage }) {
      await storage.store('gone', sampleRecord('gone'))
      await storage.store('kept', sampleRecord('kept'))
      assert.deepEqual(await storage.delete('gone'), { deleted: true })
      assert.deepEqual(await storage.delete('gone'), { deleted: false })
      await expectRejection(() => storage.retrieve('gone'), { code: 'NOT_FOUND', operation: 'retrieve' })
      assert.equal(await storage.exists('gone'), false)
      assert.deepEqual(
        (await collect(storage.list())).map(({ id }) => id),
        ['kept'],
      )
    },
  },
  {
    name: 'versions: differ with every write, also of the same bytes, and are never used again after a delete',
    async run({ storage }) {
      const versions: string[] = []
      for (let round = 0; round < 4; round++) {
        const record = sampleRecord('again', { value: 'the same' })
        versions.push((await storage.store('again', record)).version)
        versions.push((await storage.store('again', record)).version)
        await storage.delete('again')
        if (storage.capabilities.recover) await present(storage, 'purge').call(storage, 'again')
      }
      assert.equal(new Set(versions).size, versions.length, `a version came twice: ${versions.join(', ')}`)
    },
  },
  {
    name: 'store: takes 100 parallel writes of different ids and loses none',
    async run({ storage }) {
      const ids = Array.from({ length: 100 }, (_, index) => `parallel/${index}`)
      await Promise.all(ids.map((id) => storage.store(id, sampleRecord(id))))
      const texts = await Promise.all(ids.map(async (id) => sampleText((await storage.retrieve(id)).value)))
      assert.deepEqual(texts, ids)
      assert.equal((await collect(storage.list({ include: 'id' }))).length, 100)
    },
  },
  {
    name: 'store: lets parallel writes of one id all succeed, each with its own version, one of them last',
    async run({ storage }) {
      const values = Array.from({ length: 10 }, (_, index) => `writer ${index}`)
      const written = await Promise.all(
        values.map(async (value) => ({ value, ...(await storage.store('busy', sampleRecord('busy', { value }))) })),
      )
      assert.equal(new Set(written.map(({ version }) => version)).size, values.length)
      const { value, version } = await storage.retrieve('busy')
      assert.equal(written.find((write) => write.version === version)?.value, sampleText(value))
    },
  },
]
