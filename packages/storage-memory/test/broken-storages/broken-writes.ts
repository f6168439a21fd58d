import type { StoredVersion } from '@holdfast/contracts/credentials'
import { collect } from '@holdfast/testkit'
import type { BrokenStorage } from './broken-storage.ts'
import { error, listing, storing, withoutCondition } from './spoil.ts'

/** Storages that write, compare or delete wrongly. */
export const storagesWithBrokenWrites: readonly BrokenStorage[] = [
  {
    defect: 'rejects a delete of what is missing',
    foundBy: 'missing: ',
    spoil: (sound) => ({
      ...sound,
      async delete(id, options) {
        const answer = await sound.delete(id, options)
        if (!answer.deleted) throw error('NOT_FOUND', 'delete')
        return answer
      },
    }),
  },
  {
    defect: 'says that it deleted what was not there',
    foundBy: 'missing: ',
    spoil: (sound) => ({
      ...sound,
      async delete(id, options) {
        await sound.delete(id, options)
        return { deleted: true }
      },
    }),
  },
  {
    defect: 'rejects with the raw error of its client',
    foundBy: 'missing: ',
    spoil: (sound) => ({
      ...sound,
      retrieve: (id, options) =>
        sound.retrieve(id, options).catch(() => {
          throw Object.assign(new Error('ENOENT'), { code: 'NOT_FOUND' })
        }),
    }),
  },
  {
    defect: 'names another operation in its errors',
    foundBy: 'missing: ',
    spoil: (sound) => ({
      ...sound,
      retrieve: (id, options) =>
        sound.retrieve(id, options).catch(() => {
          throw error('NOT_FOUND', 'get')
        }),
    }),
  },
  {
    defect: 'lets deleted credentials exist',
    foundBy: 'delete: makes it gone',
    spoil: (sound) => ({
      ...sound,
      async exists(id, options) {
        if (await sound.exists(id, options)) return true
        return (await collect(sound.listDeleted())).some((deleted) => deleted.id === id)
      },
    }),
  },
  {
    defect: 'uses the same version for the same bytes',
    foundBy: 'versions: differ with every write',
    spoil: (sound) =>
      storing(sound, async (id, record, options) => ({
        ...(await sound.store(id, record, options)),
        version: Buffer.from(record.value).toString('hex'),
      })),
  },
  {
    defect: 'counts versions from 1 again after a delete',
    foundBy: 'versions: differ with every write',
    spoil(sound) {
      const counts = new Map<string, number>()
      return {
        ...sound,
        async store(id, record, options) {
          const stored = await sound.store(id, record, options)
          counts.set(id, (counts.get(id) ?? 0) + 1)
          return { ...stored, version: `v${counts.get(id)}` }
        },
        delete(id, options) {
          counts.delete(id)
          return sound.delete(id, options)
        },
      }
    },
  },
  {
    defect: 'loses writes under load',
    foundBy: 'store: takes 100 parallel writes',
    spoil(sound) {
      let inFlight = 0
      return storing(sound, async (id, record, options) => {
        inFlight += 1
        try {
          if (inFlight > 60) return { version: `lost-${inFlight}`, createdAt: '2026-01-01T00:00:00.000Z' }
          return await sound.store(id, record, options)
        } finally {
          inFlight -= 1
        }
      })
    },
  },
  {
    defect: 'refuses parallel writes of one id',
    foundBy: 'store: lets parallel writes of one id all succeed',
    spoil(sound) {
      const busy = new Set<string>()
      return storing(sound, async (id, record, options) => {
        if (busy.has(id)) throw error('CONFLICT', 'store')
        busy.add(id)
        return sound.store(id, record, options).finally(() => busy.delete(id))
      })
    },
  },
  {
    defect: 'ignores ifVersion',
    foundBy: 'ifVersion: replaces the version it names',
    spoil: (sound) => storing(sound, (id, record, options) => sound.store(id, record, withoutCondition(options))),
  },
  {
    defect: 'takes ifVersion null for no condition',
    foundBy: 'ifVersion null: creates',
    spoil: (sound) =>
      storing(sound, (id, record, options) =>
        sound.store(id, record, options?.ifVersion === null ? withoutCondition(options) : options),
      ),
  },
  {
    defect: 'creates what is missing in spite of an ifVersion',
    foundBy: 'ifVersion: of something that is missing',
    spoil: (sound) =>
      storing(sound, async (id, record, options) =>
        sound.store(id, record, (await sound.exists(id)) ? options : withoutCondition(options)),
      ),
  },
  {
    defect: 'says NOT_FOUND for an ifVersion of what is missing',
    foundBy: 'ifVersion: of something that is missing',
    spoil: (sound) =>
      storing(sound, async (id, record, options) => {
        if (options?.ifVersion && !(await sound.exists(id))) throw error('NOT_FOUND', 'store')
        return sound.store(id, record, options)
      }),
  },
  {
    defect: 'compares first and writes later',
    foundBy: 'race: of two writers',
    spoil: (sound) =>
      storing(sound, async (id, record, options) => {
        const found = await sound.retrieve(id).catch(() => undefined)
        const { ifVersion } = options ?? {}
        if (ifVersion !== undefined && ifVersion !== (found?.version ?? null)) throw error('CONFLICT', 'store')
        return sound.store(id, record, withoutCondition(options))
      }),
  },
  {
    defect: 'lets every writer that creates win',
    foundBy: 'race: of twenty writers that create',
    spoil: (sound) =>
      storing(sound, async (id, record, options) => {
        const exists = await sound.exists(id)
        return sound.store(id, record, options?.ifVersion === null && !exists ? withoutCondition(options) : options)
      }),
  },
  {
    defect: 'ignores ifVersion of a delete',
    foundBy: 'delete ifVersion: ',
    spoil: (sound) => ({ ...sound, delete: (id, options) => sound.delete(id, withoutCondition(options)) }),
  },
  {
    defect: 'lists deleted credentials',
    foundBy: 'delete: makes it gone',
    spoil: (sound) =>
      listing(sound, async function* (options) {
        yield* sound.list(options)
        for await (const { id } of sound.listDeleted()) yield { id }
      }),
  },
  {
    defect: 'refuses to write over what is there',
    foundBy: 'store: without a condition',
    spoil: (sound) =>
      storing(sound, async (id, record, options) => {
        if (await sound.exists(id)) throw error('ALREADY_EXISTS', 'store')
        return sound.store(id, record, options)
      }),
  },
  {
    defect: 'takes an undefined ifVersion for null',
    foundBy: 'ifVersion: an undefined one is no condition',
    spoil: (sound) =>
      storing(sound, (id, record, options = {}) =>
        sound.store(
          id,
          record,
          'ifVersion' in options ? { ...options, ifVersion: options.ifVersion ?? null } : options,
        ),
      ),
  },
  {
    defect: 'takes any version that it ever gave out',
    foundBy: 'ifVersion: the version of another credential',
    spoil(sound) {
      const given = new Set<unknown>()
      return storing(sound, async (id, record, options) => {
        const stored = await sound.store(
          id,
          record,
          given.has(options?.ifVersion) ? withoutCondition(options) : options,
        )
        given.add(stored.version)
        return stored
      })
    },
  },
  {
    defect: 'refuses to create what was deleted before',
    foundBy: 'ifVersion: after a delete',
    spoil: (sound) =>
      storing(sound, async (id, record, options) => {
        const deleted = await collect(sound.listDeleted())
        if (options?.ifVersion === null && deleted.some((item) => item.id === id)) throw error('CONFLICT', 'store')
        return sound.store(id, record, options)
      }),
  },
  {
    defect: 'compares first and deletes later',
    foundBy: 'race: of a write and a delete',
    spoil: (sound) => ({
      ...sound,
      async delete(id, options) {
        const found = await sound.retrieve(id).catch(() => undefined)
        if (options?.ifVersion !== undefined && options.ifVersion !== found?.version) throw error('CONFLICT', 'delete')
        return sound.delete(id, withoutCondition(options))
      },
    }),
  },
  {
    defect: 'says that a write won which met a conflict',
    foundBy: 'race: eight writers',
    spoil: (sound) =>
      storing(sound, (id, record, options) =>
        sound.store(id, record, options).catch(() => ({ version: 'lost', createdAt: '2026-01-01T00:00:00.000Z' })),
      ),
  },
  {
    defect: 'compares under a lock that other instances do not know',
    foundBy: 'race: of writers on two instances',
    spoil(sound) {
      let last: Promise<unknown> = Promise.resolve()
      return storing(sound, (id, record, options) => {
        const write = async (): Promise<StoredVersion> => {
          const found = await sound.retrieve(id).catch(() => undefined)
          const { ifVersion } = options ?? {}
          if (ifVersion !== undefined && ifVersion !== (found?.version ?? null)) throw error('CONFLICT', 'store')
          return sound.store(id, record, withoutCondition(options))
        }
        const turn = last.then(write, write)
        last = turn
        return turn
      })
    },
  },
]
