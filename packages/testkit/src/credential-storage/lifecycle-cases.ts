import assert from 'node:assert/strict'
import { expectRejection } from '../expect-rejection.ts'
import { within } from '../within.ts'
import type { CredentialStorageCase } from './credential-storage-harness.ts'
import { sampleRecord, sampleText } from './sample-record.ts'
import { allCalls, present } from './storage-calls.ts'

/** Names, health, closing. */
export const lifecycleCases: readonly CredentialStorageCase[] = [
  {
    name: 'description: has a name, capabilities that are yes or no, and limits that are numbers',
    async run({ storage }) {
      assert.ok(storage.name.length > 0)
      const { limits, ...flags } = storage.capabilities
      assert.deepEqual(Object.keys(flags).sort(), ['compareAndSet', 'recover', 'versions', 'watch'])
      for (const [name, flag] of Object.entries(flags)) assert.equal(typeof flag, 'boolean', name)
      assert.deepEqual(Object.keys(limits).sort(), ['maxIdLength', 'maxTags', 'maxValueBytes'])
      for (const [name, limit] of Object.entries(limits)) assert.ok(Number.isInteger(limit) && limit >= 0, name)
      assert.ok(limits.maxIdLength <= 512, 'ids are never longer than 512 bytes')
    },
  },
  {
    name: 'health: is up, with how long the probe took and when it was made',
    async run({ storage }) {
      const report = await storage.health()
      assert.equal(report.status, 'up', report.reason)
      assert.ok(report.latencyMs >= 0)
      assert.match(report.checkedAt, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/)
    },
  },
  {
    name: 'close: every later call rejects with CLOSED',
    async run({ storage }) {
      await storage.store('there', sampleRecord('there'))
      await storage.close()
      for (const { operation, run } of allCalls(storage, 'there')) {
        await expectRejection(() => run(storage), { code: 'CLOSED', operation })
      }
      if (!storage.capabilities.watch) return
      const changes = present(storage, 'watch').call(storage)[Symbol.asyncIterator]()
      await expectRejection(() => changes.next(), { code: 'CLOSED', operation: 'watch' })
    },
  },
  {
    name: 'close: a second call returns the same promise, and disposing closes',
    async run({ storage, patienceMs }) {
      const first = storage.close()
      assert.equal(storage.close({ deadlineMs: 0 }), first)
      await within(first, patienceMs, 'close')
      await within(storage[Symbol.asyncDispose](), patienceMs, 'asyncDispose')
    },
  },
  {
    name: 'close: disposing refuses later calls too',
    async run({ storage }) {
      await storage[Symbol.asyncDispose]()
      await expectRejection(() => storage.exists('any'), { code: 'CLOSED', operation: 'exists' })
    },
  },
  {
    name: 'close: lets the calls in flight finish',
    async run({ storage }) {
      const ids = Array.from({ length: 10 }, (_, index) => `flight/${index}`)
      const writes = ids.map((id) => storage.store(id, sampleRecord(id)))
      const closed = storage.close()
      const versions = await Promise.all(writes)
      assert.equal(new Set(versions.map(({ version }) => version)).size, ids.length)
      await closed
    },
  },
  {
    name: 'close: what was written before it is there for the next instance',
    needs: ['open'],
    async run({ storage, open }) {
      const written = await Promise.all(
        ['a', 'b', 'c'].map(async (id) => [id, (await storage.store(id, sampleRecord(id))).version] as const),
      )
      await storage.close()
      const next = await open()
      for (const [id, version] of written) {
        const found = await next.retrieve(id)
        assert.deepEqual([sampleText(found.value), found.version], [id, version])
      }
    },
  },
  {
    name: 'close: harms no other instance',
    needs: ['open'],
    async run({ storage, open }) {
      const other = await open()
      await storage.store('before', sampleRecord('before'))
      await storage.close()
      await other.store('alive', sampleRecord('alive'))
      assert.deepEqual([await other.exists('alive'), await other.exists('before')], [true, true])
    },
  },
  {
    name: 'instances: what one has written or deleted the other sees at once',
    needs: ['open'],
    async run({ storage, open }) {
      const other = await open()
      const { version } = await storage.store('seen', sampleRecord('seen', { value: 'by one' }))
      assert.equal((await other.retrieve('seen')).version, version)
      await other.store('seen', sampleRecord('seen', { value: 'by other' }))
      assert.equal(sampleText((await storage.retrieve('seen')).value), 'by other')
      await storage.delete('seen')
      assert.equal(await other.exists('seen'), false)
    },
  },
]
