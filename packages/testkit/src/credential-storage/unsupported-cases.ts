import assert from 'node:assert/strict'
import type { AnyCredentialStorage } from '@holdfast/contracts/credentials'
import { collect } from '../collect.ts'
import { expectRejection } from '../expect-rejection.ts'
import type { CredentialStorageCase } from './credential-storage-harness.ts'
import { sampleRecord, sampleText } from './sample-record.ts'

type OptionalMethod = 'history' | 'recover' | 'purge' | 'listDeleted' | 'watch'

/** What a storage claims it has, and what it does not claim it refuses. */
export const unsupportedCases: readonly CredentialStorageCase[] = [
  {
    name: 'capabilities: the methods of each claimed capability are there',
    async run({ storage }) {
      const { versions, recover, watch } = storage.capabilities
      const claimed: readonly OptionalMethod[] = [
        ...(versions ? (['history'] as const) : []),
        ...(recover ? (['recover', 'purge', 'listDeleted'] as const) : []),
        ...(watch ? (['watch'] as const) : []),
      ]
      for (const name of claimed) assert.equal(typeof storage[name], 'function', name)
    },
  },
  {
    name: 'capabilities: a condition is refused with UNSUPPORTED where compareAndSet is not claimed, never ignored',
    async run({ storage }) {
      if (storage.capabilities.compareAndSet) return
      const { version } = await storage.store('there', sampleRecord('there', { value: 'before' }))
      for (const ifVersion of [null, version, 'stale']) {
        const write = () => storage.store('there', sampleRecord('there', { value: 'after' }), { ifVersion })
        await expectRejection(write, { code: 'UNSUPPORTED', operation: 'store' })
      }
      await expectRejection(() => storage.delete('there', { ifVersion: version }), {
        code: 'UNSUPPORTED',
        operation: 'delete',
      })
      assert.equal(sampleText((await storage.retrieve('there')).value), 'before')
    },
  },
  {
    name: 'capabilities: earlier versions are refused with UNSUPPORTED where versions is not claimed',
    async run({ storage }) {
      if (storage.capabilities.versions) return
      const { version } = await storage.store('there', sampleRecord('there'))
      await expectRejection(() => storage.retrieve('there', { version }), {
        code: 'UNSUPPORTED',
        operation: 'retrieve',
      })
      await expectRefused(storage, 'history', (history) => history.call(storage, 'there'))
    },
  },
  {
    name: 'capabilities: recovery is refused with UNSUPPORTED where recover is not claimed',
    async run({ storage }) {
      if (storage.capabilities.recover) return
      await storage.store('there', sampleRecord('there'))
      await storage.delete('there')
      await expectRefused(storage, 'recover', (recover) => recover.call(storage, 'there'))
      await expectRefused(storage, 'purge', (purge) => purge.call(storage, 'there'))
      await expectRefused(storage, 'listDeleted', (listDeleted) => collect<unknown>(listDeleted.call(storage)))
      assert.equal(await storage.exists('there'), false)
    },
  },
  {
    name: 'capabilities: watching is refused with UNSUPPORTED where watch is not claimed',
    async run({ storage }) {
      if (storage.capabilities.watch) return
      await expectRefused(storage, 'watch', (watch) => collect<unknown>(watch.call(storage)))
    },
  },
]

/** The method is not there at all, or rejects with UNSUPPORTED. */
const expectRefused = async <K extends OptionalMethod>(
  storage: AnyCredentialStorage,
  name: K,
  call: (method: NonNullable<AnyCredentialStorage[K]>) => Promise<unknown>,
): Promise<void> => {
  const method = storage[name]
  if (method === undefined) return
  await expectRejection(() => call(method), { code: 'UNSUPPORTED', operation: name })
}
