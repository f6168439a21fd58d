import { throwIfAborted } from '@holdfast/contracts'
import type { CredentialChange } from '@holdfast/contracts/credentials'
import type { BrokenStorage } from './broken-storage.ts'
import { error, watching } from './spoil.ts'

/** Storages that tell of changes wrongly. */
export const storagesWithBrokenWatches: readonly BrokenStorage[] = [
  {
    defect: 'does not tell of deletes',
    foundBy: 'watch: tells what was stored, with its version, and what was deleted',
    spoil: (sound) =>
      watching(sound, async function* (options) {
        for await (const change of sound.watch(options)) if (change.type !== 'deleted') yield change
      }),
  },
  {
    defect: 'begins a watch with what is there already',
    foundBy: 'watch: begins with changes from now on',
    spoil: (sound) =>
      watching(sound, async function* (options) {
        for await (const { id, version = '' } of sound.list()) yield { type: 'stored', id, version, cursor: '' }
        yield* sound.watch(options)
      }),
  },
  {
    defect: 'ignores the prefix of a watch',
    foundBy: 'watch prefix: ',
    spoil: (sound) => watching(sound, (options) => sound.watch({ ...options, prefix: undefined })),
  },
  {
    defect: 'tells every single change to a reader that was busy',
    foundBy: 'watch: tells several changes of one id as one',
    spoil(sound) {
      const log: CredentialChange[] = []
      return {
        ...sound,
        async store(id, record, options) {
          const stored = await sound.store(id, record, options)
          log.push({ type: 'stored', id, version: stored.version, cursor: String(log.length) })
          return stored
        },
        async *watch(options) {
          for await (const _change of sound.watch(options)) yield* log.splice(0)
        },
      }
    },
  },
  {
    defect: 'goes on from now whatever the cursor says',
    foundBy: 'watch cursor: goes on after',
    spoil: (sound) => watching(sound, (options) => sound.watch({ ...options, cursor: undefined })),
  },
  {
    defect: 'does not say that a cursor is unknown',
    foundBy: 'watch cursor: one that is unknown',
    spoil: (sound) => watching(sound, (options) => sound.watch({ ...options, cursor: undefined })),
  },
  {
    defect: 'ends an aborted watch with an error',
    foundBy: 'watch: ends normally when its signal is aborted',
    spoil: (sound) =>
      watching(sound, async function* (options) {
        yield* sound.watch(options)
        throwIfAborted(options?.signal, { source: 'broken', operation: 'watch' })
      }),
  },
  {
    defect: 'does not notice that it was left while it waited',
    foundBy: 'watch: can be left while it waits',
    spoil: (sound) =>
      watching(sound, async function* (options) {
        for await (const change of sound.watch(options)) yield change
      }),
  },
  {
    defect: 'tells the first of several changes',
    foundBy: 'watch: tells the state of the moment',
    spoil(sound) {
      const told = new Set<string>()
      return watching(sound, async function* (options) {
        for await (const change of sound.watch(options)) {
          if (told.has(change.id)) continue
          told.add(change.id)
          yield { ...change, type: 'stored' }
        }
      })
    },
  },
  {
    defect: 'does not tell that something was recovered',
    foundBy: 'watch: tells a recovered credential',
    spoil(sound) {
      const recovered = new Set<string>()
      return {
        ...sound,
        recover(id, options) {
          recovered.add(id)
          return sound.recover(id, options)
        },
        async *watch(options) {
          for await (const change of sound.watch(options)) if (!recovered.has(change.id)) yield change
        },
      }
    },
  },
  {
    defect: 'tells each change to one watcher only',
    foundBy: 'watch: tells every watcher',
    spoil(sound) {
      let shared: AsyncIterable<CredentialChange> | undefined
      return watching(sound, (options) => {
        shared ??= sound.watch(options)
        return shared
      })
    },
  },
  {
    defect: 'tells only what it has changed itself',
    foundBy: 'watch: tells what another instance changes',
    spoil(sound) {
      const own = new Set<unknown>()
      return {
        ...sound,
        async store(id, record, options) {
          const stored = await sound.store(id, record, options)
          own.add(stored.version)
          return stored
        },
        async *watch(options) {
          for await (const change of sound.watch(options)) if (own.has(change.version)) yield change
        },
      }
    },
  },
  {
    defect: 'ends a watch with an error when it is closed',
    foundBy: 'watch: ends normally when the storage is closed',
    spoil: (sound) =>
      watching(sound, async function* (options) {
        yield* sound.watch(options)
        throw error('CLOSED', 'watch')
      }),
  },
]
