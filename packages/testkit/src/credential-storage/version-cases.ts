import assert from 'node:assert/strict'
import { expectRejection } from '../expect-rejection.ts'
import type { CredentialStorageCase } from './credential-storage-harness.ts'
import { sampleRecord, sampleText } from './sample-record.ts'
import { historyOf, present } from './storage-calls.ts'

/** Earlier versions. */
export const versionCases: readonly CredentialStorageCase[] = [
  {
    name: 'history: has the versions that were written, newest first, one of them current',
    needs: ['versions'],
    async run({ storage }) {
      const written: string[] = []
      for (const value of ['1', '2', '3']) {
        written.unshift((await storage.store('kept', sampleRecord('kept', { value }))).version)
      }
      const history = await present(storage, 'history').call(storage, 'kept')
      assert.deepEqual(
        history.map(({ version }) => version),
        written,
      )
      assert.deepEqual(
        history.map(({ isCurrent }) => isCurrent),
        [true, false, false],
      )
      for (const { createdAt } of history) assert.ok(!Number.isNaN(Date.parse(createdAt)), createdAt)
    },
  },
  {
    name: 'retrieve version: gives the value and the metadata of then',
    needs: ['versions'],
    async run({ storage }) {
      const first = await storage.store('then', sampleRecord('then', { value: 'old', tags: { is: 'old' } }))
      const second = await storage.store('then', sampleRecord('then', { value: 'new', tags: { is: 'new' } }))
      const old = await storage.retrieve('then', { version: first.version })
      assert.deepEqual([sampleText(old.value), old.metadata.tags.is, old.version], ['old', 'old', first.version])
      const current = await storage.retrieve('then', { version: second.version })
      assert.deepEqual([sampleText(current.value), current.version], ['new', second.version])
      assert.equal(sampleText((await storage.retrieve('then')).value), 'new')
      old.value.fill(0)
      assert.equal(sampleText((await storage.retrieve('then', { version: first.version })).value), 'old')
    },
  },
  {
    name: 'retrieve version: one that is not kept is NOT_FOUND with VERSION_UNKNOWN',
    needs: ['versions'],
    async run({ storage }) {
      const unknown = { code: 'NOT_FOUND', reason: 'VERSION_UNKNOWN', operation: 'retrieve' } as const
      await storage.store('one', sampleRecord('one'))
      await storage.store('two', sampleRecord('two'))
      const { version } = await storage.store('two', sampleRecord('two'))
      for (const hostile of [
        'no-such-version',
        '',
        '..',
        '../two',
        '0',
        '-1',
        '999999999999999999999',
        'v1/../../two',
      ]) {
        await expectRejection(() => storage.retrieve('one', { version: hostile }), unknown)
      }
      if (!(await historyOf(storage, 'one')).includes(version)) {
        await expectRejection(() => storage.retrieve('one', { version }), unknown)
      }
      await expectRejection(() => storage.retrieve('absent', { version }), { code: 'NOT_FOUND', operation: 'retrieve' })
    },
  },
  {
    name: 'history: of what is missing or deleted is NOT_FOUND, and so are its versions',
    needs: ['versions'],
    async run({ storage }) {
      const history = (id: string) => () => present(storage, 'history').call(storage, id)
      await expectRejection(history('absent'), { code: 'NOT_FOUND', operation: 'history' })
      const { version } = await storage.store('deleted', sampleRecord('deleted'))
      await storage.delete('deleted')
      await expectRejection(history('deleted'), { code: 'NOT_FOUND', operation: 'history' })
      await expectRejection(() => storage.retrieve('deleted', { version }), {
        code: 'NOT_FOUND',
        operation: 'retrieve',
      })
    },
  },
]
