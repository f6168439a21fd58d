import assert from 'node:assert/strict'
import type { AnyCredentialStorage, CredentialChange, WatchOptions } from '@holdfast/contracts/credentials'
import { within } from '../within.ts'
import type { CredentialStorageCase, CredentialStorageSubject } from './credential-storage-harness.ts'
import { sampleRecord } from './sample-record.ts'
import { present } from './storage-calls.ts'

/** Watching for changes. */
export const watchCases: readonly CredentialStorageCase[] = [
  {
    name: 'watch: tells what was stored, with its version, and what was deleted',
    needs: ['watch'],
    run: (subject) =>
      watching(subject, {}, async (reader) => {
        const { version } = await subject.storage.store('watched', sampleRecord('watched'))
        const stored = await reader.until((change) => change.id === 'watched' && change.type === 'stored')
        assert.equal(stored.version, version)
        assert.ok(stored.cursor.length > 0)
        await subject.storage.delete('watched')
        const deleted = await reader.until((change) => change.id === 'watched' && change.type === 'deleted')
        assert.equal(deleted.version, undefined)
        assert.ok(!JSON.stringify([stored, deleted]).includes('sample-value'))
      }),
  },
  {
    name: 'watch: begins with changes from now on',
    needs: ['watch'],
    async run(subject) {
      await subject.storage.store('earlier', sampleRecord('earlier'))
      await watching(subject, {}, async (reader) => {
        await subject.storage.store('later', sampleRecord('later'))
        await reader.until((change) => change.id === 'later')
        assert.deepEqual(
          reader.seen.filter((change) => change.id === 'earlier'),
          [],
        )
      })
    },
  },
  {
    name: 'watch prefix: tells only of ids that start with it',
    needs: ['watch'],
    run: (subject) =>
      watching(subject, { prefix: 'db/' }, async (reader) => {
        await subject.storage.store('api/main', sampleRecord('api/main'))
        await subject.storage.store('db', sampleRecord('db'))
        await subject.storage.store('db/main', sampleRecord('db/main'))
        await reader.until((change) => change.id === 'db/main')
        assert.deepEqual(
          reader.seen.filter((change) => !change.id.startsWith('db/')),
          [],
        )
      }),
  },
  {
    name: 'watch: tells several changes of one id as one, the latest, to a reader that was busy',
    needs: ['watch'],
    run: (subject) =>
      watching(subject, {}, async (reader) => {
        await subject.storage.store('first', sampleRecord('first'))
        await reader.until((change) => change.id === 'first')
        let version = ''
        for (let write = 0; write < 20; write++) {
          version = (await subject.storage.store('busy', sampleRecord('busy', { value: String(write) }))).version
        }
        await subject.storage.store('last', sampleRecord('last'))
        const isLatest = (change: CredentialChange): boolean => change.version === version
        await reader.until((_, seen) => seen.some(isLatest) && seen.some(({ id }) => id === 'last'))
        const told = reader.seen.filter((change) => change.id === 'busy')
        assert.equal(told.at(-1)?.version, version, 'the latest was not told last')
        // One, and the contract allows it to come twice.
        assert.ok(told.length <= 2, `20 changes were told as ${told.length}`)
      }),
  },
  {
    name: 'watch: tells the state of the moment, so that one who is told of a delete finds it deleted',
    needs: ['watch'],
    run: (subject) =>
      watching(subject, {}, async (reader) => {
        await subject.storage.store('brief', sampleRecord('brief'))
        await subject.storage.delete('brief')
        await reader.until((change) => change.type === 'deleted' && change.id === 'brief')
        assert.equal(await subject.storage.exists('brief'), false)
      }),
  },
  {
    name: 'watch cursor: goes on after the change it came with, also with what happened in between',
    needs: ['watch'],
    async run(subject) {
      const { storage } = subject
      let cursor = ''
      await watching(subject, {}, async (reader) => {
        await storage.store('before', sampleRecord('before'))
        cursor = (await reader.until((change) => change.id === 'before')).cursor
      })
      const { version } = await storage.store('between', sampleRecord('between'))
      await storage.delete('before')
      await watching(subject, { cursor }, async (reader) => {
        await storage.store('after', sampleRecord('after'))
        const missed = new Set(['between', 'before', 'after'])
        await reader.until((change) => {
          if (change.type === 'resynced') missed.clear()
          missed.delete(change.id)
          return missed.size === 0
        })
        const between = reader.seen.find((change) => change.id === 'between')
        if (between !== undefined) assert.equal(between.version, version)
        assert.deepEqual(
          reader.seen.filter(({ type }) => type === 'resynced'),
          [],
          'a fresh cursor was too old',
        )
      })
    },
  },
  {
    name: 'watch cursor: one that is unknown begins with resynced and goes on from now',
    needs: ['watch'],
    async run(subject) {
      await subject.storage.store('there', sampleRecord('there'))
      for (const cursor of ['no-such-cursor', '', '../..', '9007199254740993']) {
        await watching(subject, { cursor }, async (reader) => {
          const { type, id, version } = await reader.until(() => true)
          assert.deepEqual([type, id, version], ['resynced', '', undefined])
          await subject.storage.store('later', sampleRecord('later'))
          await reader.until((change) => change.id === 'later')
        })
      }
    },
  },
  {
    name: 'watch: tells a recovered credential as stored',
    needs: ['watch', 'recover'],
    async run(subject) {
      await subject.storage.store('back', sampleRecord('back'))
      await subject.storage.delete('back')
      await watching(subject, {}, async (reader) => {
        const { version } = await present(subject.storage, 'recover').call(subject.storage, 'back')
        await reader.until((change) => change.type === 'stored' && change.version === version)
      })
    },
  },
  {
    name: 'watch: tells every watcher',
    needs: ['watch'],
    run: (subject) =>
      watching(subject, {}, (one) =>
        watching(subject, {}, async (other) => {
          await subject.storage.store('shared', sampleRecord('shared'))
          await Promise.all([one, other].map((reader) => reader.until((change) => change.id === 'shared')))
        }),
      ),
  },
  {
    name: 'watch: tells what another instance changes',
    needs: ['watch', 'open'],
    async run(subject) {
      const other = await subject.open()
      await watching(subject, {}, async (reader) => {
        const { version } = await other.store('foreign', sampleRecord('foreign'))
        await reader.until((change) => change.version === version)
        await other.delete('foreign')
        await reader.until((change) => change.type === 'deleted' && change.id === 'foreign')
      })
    },
  },
  {
    name: 'watch: ends normally when its signal is aborted, also before it began',
    needs: ['watch'],
    async run({ storage, patienceMs }) {
      const controller = new AbortController()
      const changes = watchOf(storage, { signal: controller.signal })
      const pending = changes.next()
      controller.abort()
      assert.equal((await within(pending, patienceMs, 'the end of an aborted watch')).done, true)
      assert.equal((await changes.next()).done, true)
      const never = watchOf(storage, { signal: AbortSignal.abort() })
      assert.equal((await within(never.next(), patienceMs, 'the end of a watch that was aborted before')).done, true)
    },
  },
  {
    name: 'watch: ends normally when the storage is closed',
    needs: ['watch'],
    async run({ storage, patienceMs }) {
      const pending = watchOf(storage, {}).next()
      await within(storage.close(), patienceMs, 'close with an open watch')
      assert.equal((await within(pending, patienceMs, 'the end of a watch at close')).done, true)
    },
  },
  {
    name: 'watch: can be left while it waits',
    needs: ['watch'],
    async run({ storage, patienceMs }) {
      const changes = watchOf(storage, {})
      const pending = changes.next()
      const leave = changes.return
      assert.ok(leave !== undefined, 'the watch has no return()')
      await within(leave.call(changes), patienceMs, 'return() of a watch that waits')
      assert.equal((await within(pending, patienceMs, 'the next() that was waiting')).done, true)
    },
  },
]

/** Reads a watch and remembers what it has told. */
interface Reader {
  readonly seen: readonly CredentialChange[]
  /** Reads on until a change is the one that is wanted. */
  until(isWanted: (change: CredentialChange, seen: readonly CredentialChange[]) => boolean): Promise<CredentialChange>
}

const watchOf = (storage: AnyCredentialStorage, options: WatchOptions): AsyncIterator<CredentialChange> =>
  present(storage, 'watch').call(storage, options)[Symbol.asyncIterator]()

/** Runs `work` while a watch is open, which has begun by then, and ends the watch afterwards. */
const watching = async (
  { storage, patienceMs }: CredentialStorageSubject,
  options: WatchOptions,
  work: (reader: Reader) => Promise<void>,
): Promise<void> => {
  const controller = new AbortController()
  const changes = watchOf(storage, { ...options, signal: controller.signal })
  // The first next() begins the watch; it is asked before anything happens and read by the first `until`.
  let pending: Promise<IteratorResult<CredentialChange>> | undefined = changes.next()
  const seen: CredentialChange[] = []
  const reader: Reader = {
    seen,
    async until(isWanted) {
      for (;;) {
        const result = await within(
          pending ?? changes.next(),
          patienceMs,
          `a change after ${JSON.stringify(seen.slice(-5))}`,
        )
        pending = undefined
        if (result.done === true) throw new assert.AssertionError({ message: 'the watch ended by itself' })
        seen.push(result.value)
        if (isWanted(result.value, seen)) return result.value
      }
    },
  }
  try {
    await work(reader)
  } finally {
    controller.abort()
    pending?.catch(() => {})
  }
}
