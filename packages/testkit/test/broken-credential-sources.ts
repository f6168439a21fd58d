import { Secret } from '@holdfast/contracts'
import type { CredentialSource } from '@holdfast/contracts/credentials'

/** A credential source that is sound but for one defect, and the case of the suite that has to find it. */
export interface BrokenCredentialSource {
  readonly defect: string
  /** Name of the case that fails, or its beginning. */
  readonly foundBy: string
  /** Puts the defect into a sound source. */
  readonly spoil: (sound: Required<CredentialSource>) => CredentialSource
}

/** Every broken source: the proof that each case of the suite can fail. */
export const brokenCredentialSources: readonly BrokenCredentialSource[] = [
  {
    defect: 'gives no version',
    foundBy: 'retrieve: answers a Secret',
    spoil: (sound) => ({
      ...sound,
      retrieve: async (options) => ({ ...(await sound.retrieve(options)), version: '' }),
    }),
  },
  {
    defect: 'writes expiries as it likes',
    foundBy: 'retrieve: answers a Secret',
    spoil: (sound) => ({
      ...sound,
      retrieve: async (options) => ({ ...(await sound.retrieve(options)), expiresAt: '1 January 2030' }),
    }),
  },
  {
    defect: 'has the value beside the Secret',
    foundBy: 'retrieve: an answer shows nothing',
    spoil: (sound) => ({
      ...sound,
      async retrieve(options) {
        const found = await sound.retrieve(options)
        return { ...found, preview: found.value.reveal() }
      },
    }),
  },
  {
    defect: 'keeps the first answer also for those who ask for a fresh one',
    foundBy: 'retrieve: fresh reads past',
    spoil(sound) {
      let first: ReturnType<CredentialSource['retrieve']> | undefined
      return {
        ...sound,
        retrieve(options) {
          first ??= sound.retrieve(options)
          return first
        },
      }
    },
  },
  {
    defect: 'has one version for all values',
    foundBy: 'retrieve: fresh reads past',
    spoil: (sound) => ({
      ...sound,
      retrieve: async (options) => ({ ...(await sound.retrieve(options)), version: '1' }),
    }),
  },
  {
    defect: 'gives an empty value for a credential that is gone',
    foundBy: 'retrieve: a credential that is gone',
    spoil: (sound) => ({
      ...sound,
      retrieve: (options) => sound.retrieve(options).catch(() => ({ value: new Secret(''), version: 'none' })),
    }),
  },
  {
    defect: 'does not look at its signal',
    foundBy: 'retrieve: rejects with CANCELLED',
    spoil: (sound) => ({ ...sound, retrieve: () => sound.retrieve() }),
  },
  {
    defect: 'tells of changes under versions of its own',
    foundBy: 'watch: tells of a new value',
    spoil: (sound) => ({
      ...sound,
      async *watch(options) {
        for await (const change of sound.watch(options)) yield { ...change, version: 'changed' }
      },
    }),
  },
  {
    defect: 'tells of nothing',
    foundBy: 'watch: tells of a new value',
    spoil: (sound) => ({
      ...sound,
      async *watch({ signal } = {}) {
        await new Promise((resolve) => signal?.addEventListener('abort', resolve))
      },
    }),
  },
  {
    defect: 'keeps the last version of a credential that is gone',
    foundBy: 'watch: tells without a version',
    spoil: (sound) => ({
      ...sound,
      async *watch(options) {
        for await (const { version = 'last' } of sound.watch(options)) yield { version }
      },
    }),
  },
  {
    defect: 'rejects where its watch is aborted',
    foundBy: 'watch: ends normally',
    spoil: (sound) => ({
      ...sound,
      async *watch(options) {
        yield* sound.watch(options)
        options?.signal?.throwIfAborted()
      },
    }),
  },
]
