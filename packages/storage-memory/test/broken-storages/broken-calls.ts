import { abortable, throwIfAborted } from '@holdfast/contracts'
import type { StoredCredential } from '@holdfast/contracts/credentials'
import { collect } from '@holdfast/testkit'
import type { BrokenStorage } from './broken-storage.ts'
import { claiming, error, listing, storing, withoutCondition, withoutSignal } from './spoil.ts'

/** Storages that cannot be cancelled, closed or believed. */
export const storagesWithBrokenCalls: readonly BrokenStorage[] = [
  {
    defect: 'ignores signals',
    foundBy: 'abort before: ',
    spoil: (sound) => ({ ...sound, exists: (id, options) => sound.exists(id, withoutSignal(options)) }),
  },
  {
    defect: 'says CANCELLED for a timeout',
    foundBy: 'abort by a timeout',
    spoil: (sound) => ({
      ...sound,
      async exists(id, options) {
        if (options?.signal?.aborted) throw error('CANCELLED', 'exists')
        return sound.exists(id, options)
      },
    }),
  },
  {
    defect: 'looks at the signal only before it begins',
    foundBy: 'abort during: a read rejects',
    spoil: (sound) => ({
      ...sound,
      async retrieve(id, options) {
        throwIfAborted(options?.signal, { source: 'broken', operation: 'retrieve' })
        return sound.retrieve(id, withoutSignal(options))
      },
    }),
  },
  {
    defect: 'writes although it said that the write was cancelled',
    foundBy: 'abort during: a write rejects',
    spoil: (sound) =>
      storing(sound, (id, record, options) => {
        const site = { source: 'broken', operation: 'store' }
        return abortable(sound.store(id, record, withoutSignal(options)), options?.signal, site)
      }),
  },
  {
    defect: 'goes on listing after an abort',
    foundBy: 'abort during: a listing ends',
    spoil: (sound) =>
      listing(sound, async function* (options) {
        yield* await collect(sound.list(options))
      }),
  },
  {
    defect: 'makes an error of its own of the one a caller aborts with',
    foundBy: 'abort with an error of ours',
    spoil: (sound) => ({
      ...sound,
      async exists(id, options) {
        if (options?.signal?.aborted) throw error('TIMEOUT', 'exists')
        return sound.exists(id, options)
      },
    }),
  },
  {
    defect: 'leaves listeners on signals',
    foundBy: 'signals: no call leaves a listener',
    spoil: (sound) => ({
      ...sound,
      exists(id, options) {
        options?.signal?.addEventListener('abort', () => {})
        return sound.exists(id, options)
      },
    }),
  },
  {
    defect: 'has no name',
    foundBy: 'description: ',
    spoil: (sound) => ({ ...sound, name: '' }),
  },
  {
    defect: 'is not well',
    foundBy: 'health: is up',
    spoil: (sound) => ({ ...sound, health: async (options) => ({ ...(await sound.health(options)), status: 'down' }) }),
  },
  {
    defect: 'works on after it was closed',
    foundBy: 'close: every later call rejects',
    spoil: (sound) => ({ ...sound, close: async () => {} }),
  },
  {
    defect: 'closes anew each time',
    foundBy: 'close: a second call returns the same promise',
    spoil: (sound) => ({ ...sound, close: async (options) => sound.close(options) }),
  },
  {
    defect: 'does not close when it is disposed',
    foundBy: 'close: disposing refuses later calls too',
    spoil: (sound) => ({ ...sound, [Symbol.asyncDispose]: async () => {} }),
  },
  {
    defect: 'drops the calls in flight when it is closed',
    foundBy: 'close: lets the calls in flight finish',
    spoil(sound) {
      const closing = new AbortController()
      return {
        ...sound,
        store: (id, record, options) =>
          abortable(sound.store(id, record, options), closing.signal, { source: 'broken', operation: 'store' }),
        close(options) {
          closing.abort(error('CLOSED', 'store'))
          return sound.close(options)
        },
      }
    },
  },
  {
    defect: 'remembers what it has read, also when another instance has changed it',
    foundBy: 'instances: what one has written',
    spoil(sound) {
      const read = new Map<string, StoredCredential>()
      return {
        ...sound,
        async store(id, record, options) {
          const stored = await sound.store(id, record, options)
          read.set(id, { ...record, version: stored.version })
          return stored
        },
        retrieve: async (id, options) => read.get(id) ?? sound.retrieve(id, options),
      }
    },
  },
  {
    defect: 'claims versions and has no history',
    foundBy: 'capabilities: the methods of each claimed capability',
    spoil: ({ history: _missing, ...sound }) => sound,
  },
  {
    defect: 'ignores conditions that it does not claim to honour',
    foundBy: 'capabilities: a condition is refused',
    spoil: (sound) => ({
      ...claiming(sound, { compareAndSet: false }),
      store: (id, record, options) => sound.store(id, record, withoutCondition(options)),
      delete: (id, options) => sound.delete(id, withoutCondition(options)),
    }),
  },
  {
    defect: 'has versions that it does not claim',
    foundBy: 'capabilities: earlier versions are refused',
    spoil: (sound) => claiming(sound, { versions: false }),
  },
  {
    defect: 'recovers although it does not claim to',
    foundBy: 'capabilities: recovery is refused',
    spoil: (sound) => claiming(sound, { recover: false }),
  },
  {
    defect: 'yields nothing for a watch that it does not claim',
    foundBy: 'capabilities: watching is refused',
    spoil: (sound) => ({ ...claiming(sound, { watch: false }), watch: async function* () {} }),
  },
  {
    defect: 'forgets everything when it is closed',
    foundBy: 'close: what was written before it',
    spoil: (sound) => ({
      ...sound,
      close(options) {
        sound.clear()
        return sound.close(options)
      },
    }),
  },
  {
    defect: 'takes the data of other instances with it when it is closed',
    foundBy: 'close: harms no other instance',
    spoil: (sound) => ({
      ...sound,
      close(options) {
        sound.clear()
        return sound.close(options)
      },
    }),
  },
]
