import type { DeletedCredential } from '@holdfast/contracts/credentials'
import type { BrokenStorage } from './broken-storage.ts'

/** Storages that keep, recover or purge wrongly. */
export const storagesWithBrokenVersions: readonly BrokenStorage[] = [
  {
    defect: 'has the oldest version first',
    foundBy: 'history: has the versions',
    spoil: (sound) => ({
      ...sound,
      history: async (id, options) => [...(await sound.history(id, options))].reverse(),
    }),
  },
  {
    defect: 'ignores the version that is asked for',
    foundBy: 'retrieve version: gives the value',
    spoil: (sound) => ({ ...sound, retrieve: (id, options) => sound.retrieve(id, { ...options, version: undefined }) }),
  },
  {
    defect: 'gives the current version when the one that is asked for is unknown',
    foundBy: 'retrieve version: one that is not kept',
    spoil: (sound) => ({
      ...sound,
      retrieve: (id, options) => sound.retrieve(id, options).catch(() => sound.retrieve(id)),
    }),
  },
  {
    defect: 'has an empty history for what is missing',
    foundBy: 'history: of what is missing',
    spoil: (sound) => ({ ...sound, history: (id, options) => sound.history(id, options).catch(() => []) }),
  },
  {
    defect: 'recovers under the old version',
    foundBy: 'recover: puts value and metadata back',
    spoil(sound) {
      const last = new Map<string, string>()
      return {
        ...sound,
        async store(id, record, options) {
          const stored = await sound.store(id, record, options)
          last.set(id, stored.version)
          return stored
        },
        recover: async (id, options) => {
          const recovered = await sound.recover(id, options)
          return { ...recovered, version: last.get(id) ?? recovered.version }
        },
      }
    },
  },
  {
    defect: 'recovers what exists',
    foundBy: 'recover: of what is not there',
    spoil: (sound) => ({
      ...sound,
      async recover(id, options) {
        if (!(await sound.exists(id))) return sound.recover(id, options)
        return sound.store(id, await sound.retrieve(id))
      },
    }),
  },
  {
    defect: 'purges what is not deleted',
    foundBy: 'purge: of what is not deleted',
    spoil: (sound) => ({
      ...sound,
      async purge(id, options) {
        await sound.delete(id)
        return sound.purge(id, options)
      },
    }),
  },
  {
    defect: 'only says that it purged',
    foundBy: 'purge: removes a deleted credential',
    spoil: (sound) => ({ ...sound, purge: async () => ({ purged: true }) }),
  },
  {
    defect: 'recovers the oldest state',
    foundBy: 'recover: puts the last state back',
    spoil: (sound) => ({
      ...sound,
      async recover(id, options) {
        await sound.recover(id, options)
        const oldest = (await sound.history(id)).at(-1)
        return sound.store(id, await sound.retrieve(id, { version: oldest?.version }))
      },
    }),
  },
  {
    defect: 'goes on listing what was deleted and stored anew',
    foundBy: 'recover: a deleted name is free or reserved',
    spoil(sound) {
      const deleted = new Map<string, DeletedCredential>()
      return {
        ...sound,
        async delete(id, options) {
          const answer = await sound.delete(id, options)
          for await (const item of sound.listDeleted()) deleted.set(item.id, item)
          return answer
        },
        async *listDeleted() {
          yield* deleted.values()
        },
      }
    },
  },
  {
    defect: 'does not say when something was deleted',
    foundBy: 'listDeleted: ',
    spoil: (sound) => ({
      ...sound,
      async *listDeleted(options) {
        for await (const { id } of sound.listDeleted(options)) yield { id, deletedAt: '' }
      },
    }),
  },
]
