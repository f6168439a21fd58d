import type { CredentialRecord, StoredCredential } from '@holdfast/contracts/credentials'
import type { BrokenStorage } from './broken-storage.ts'
import { claiming, error, listing, renaming, retrieving, storing } from './spoil.ts'

/** Storages that mix up ids, or do not give back what they were given. */
export const storagesWithBrokenValues: readonly BrokenStorage[] = [
  {
    defect: 'folds the case of ids',
    foundBy: 'ids: keeps apart ids that differ only in case',
    spoil: (sound) => renaming(sound, (id) => id.toLowerCase()),
  },
  {
    defect: 'replaces slashes in ids by underscores',
    foundBy: 'ids: keeps apart ids that look alike',
    spoil: (sound) => renaming(sound, (id) => id.replaceAll('/', '_')),
  },
  {
    defect: 'decodes percent signs in ids',
    foundBy: 'ids: keeps apart ids that look alike',
    spoil: (sound) => renaming(sound, (id) => id.replace(/%2f/i, '/')),
  },
  {
    defect: 'cuts long ids',
    foundBy: 'ids: finds every awkward but valid id',
    spoil: (sound) => renaming(sound, (id) => id.slice(0, 255)),
  },
  {
    defect: 'does not check ids when it reads',
    foundBy: 'ids: refuses every invalid id',
    spoil: (sound) => ({
      ...sound,
      exists: (id, options) => sound.exists(id === '..' ? 'parent' : id, options),
    }),
  },
  {
    defect: 'throws for invalid ids instead of rejecting',
    foundBy: 'ids: refuses every invalid id',
    spoil: (sound) => ({
      ...sound,
      exists(id, options) {
        if (id === '') throw error('INVALID_ARGUMENT', 'exists')
        return sound.exists(id, options)
      },
    }),
  },
  {
    defect: 'stores a record under another id than its own',
    foundBy: 'ids: refuses a record whose metadata names another id',
    spoil: (sound) =>
      storing(sound, (id, { metadata, value }, options) =>
        sound.store(id, { metadata: { ...metadata, id }, value }, options),
      ),
  },
  {
    defect: 'takes values for UTF-8 text',
    foundBy: 'values: gives back every byte there is',
    spoil: (sound) =>
      retrieving(sound, (found) => ({
        ...found,
        value: new TextEncoder().encode(new TextDecoder().decode(found.value)),
      })),
  },
  {
    defect: 'loses empty values',
    foundBy: 'values: gives back an empty value',
    spoil: (sound) => ({
      ...sound,
      async retrieve(id, options) {
        const found = await sound.retrieve(id, options)
        if (found.value.length === 0) throw error('NOT_FOUND', 'retrieve')
        return found
      },
    }),
  },
  {
    defect: 'does not check the size of values',
    foundBy: 'values: refuses one byte more',
    spoil: (sound) => claiming(sound, { limits: { ...sound.capabilities.limits, maxValueBytes: 1000 } }),
  },
  {
    defect: 'stores the whole buffer behind a view',
    foundBy: 'values: stores only the part of a buffer that a view shows',
    spoil: (sound) =>
      storing(sound, (id, record, options) =>
        sound.store(id, { ...record, value: new Uint8Array(record.value.buffer) }, options),
      ),
  },
  {
    defect: 'keeps the buffer of the caller',
    foundBy: 'values: keeps its own copy',
    spoil(sound) {
      const kept = new Map<string, CredentialRecord>()
      return {
        ...sound,
        async store(id, record, options) {
          const stored = await sound.store(id, record, options)
          kept.set(id, record)
          return stored
        },
        async retrieve(id, options) {
          const found = await sound.retrieve(id, options)
          return { ...found, value: new Uint8Array(kept.get(id)?.value ?? found.value) }
        },
      }
    },
  },
  {
    defect: 'hands out its own buffer',
    foundBy: 'values: hands out copies',
    spoil(sound) {
      const kept = new Map<string, StoredCredential>()
      return {
        ...sound,
        async retrieve(id, options) {
          const found = kept.get(id) ?? (await sound.retrieve(id, options))
          kept.set(id, found)
          return found
        },
      }
    },
  },
  {
    defect: 'hands out its own metadata',
    foundBy: 'values: hands out copies',
    spoil(sound) {
      const kept = new Map<string, CredentialRecord['metadata']>()
      return retrieving(sound, (found) => {
        const metadata = kept.get(found.version) ?? structuredClone(found.metadata)
        kept.set(found.version, metadata)
        return { ...found, metadata }
      })
    },
  },
  {
    defect: 'shows values in summaries',
    foundBy: 'values: stand in no summary',
    spoil: (sound) =>
      listing(sound, async function* (options) {
        for await (const summary of sound.list(options)) {
          yield { ...summary, preview: Buffer.from((await sound.retrieve(summary.id)).value).toString() }
        }
      }),
  },
  {
    defect: 'shows values in errors',
    foundBy: 'values: stand in no summary',
    spoil: (sound) =>
      storing(sound, async (id, record, options) => {
        const stored = sound.store(id, record, options)
        return stored.catch(() => {
          throw error('CONFLICT', 'store', `Could not write ${Buffer.from(record.value).toString()}.`)
        })
      }),
  },
  {
    defect: 'drops the scope',
    foundBy: 'metadata: comes back whole',
    spoil: (sound) =>
      retrieving(sound, ({ metadata: { scope: _dropped, ...metadata }, ...found }) => ({ ...found, metadata })),
  },
  {
    defect: 'copies tags by assignment, which loses the one called __proto__',
    foundBy: 'metadata: comes back whole',
    spoil: (sound) =>
      retrieving(sound, (found) => {
        const tags: Record<string, string> = {}
        for (const [name, value] of Object.entries(found.metadata.tags)) tags[name] = value
        return { ...found, metadata: { ...found.metadata, tags } }
      }),
  },
  {
    defect: 'writes optional fields that are absent as undefined',
    foundBy: 'metadata: has no field that was not stored',
    spoil: (sound) =>
      // The defect itself: a field that exactOptionalPropertyTypes would refuse.
      retrieving(
        sound,
        (found) => ({ ...found, metadata: { expiresAt: undefined, ...found.metadata } }) as StoredCredential,
      ),
  },
  {
    defect: 'merges metadata with what was there',
    foundBy: 'metadata: is replaced as a whole',
    spoil: (sound) =>
      storing(sound, async (id, record, options) => {
        const before = await sound.retrieve(id).catch(() => undefined)
        const tags = { ...before?.metadata.tags, ...record.metadata.tags }
        return sound.store(id, { ...record, metadata: { ...record.metadata, tags } }, options)
      }),
  },
  {
    defect: 'does not check the number of tags',
    foundBy: 'metadata: takes maxTags tags and refuses one more',
    spoil: (sound) => claiming(sound, { limits: { ...sound.capabilities.limits, maxTags: 10 } }),
  },
  {
    defect: 'answers a write with another version than retrieve',
    foundBy: 'metadata: a write answers a version',
    spoil: (sound) =>
      storing(sound, async (id, record, options) => ({
        ...(await sound.store(id, record, options)),
        version: 'latest',
      })),
  },
  {
    defect: 'refuses the longest id it claims to take',
    foundBy: 'ids: takes an id of exactly the longest length',
    spoil: (sound) =>
      storing(sound, async (id, record, options) => {
        if (Buffer.byteLength(id) >= sound.capabilities.limits.maxIdLength) throw error('INVALID_ARGUMENT', 'store')
        return sound.store(id, record, options)
      }),
  },
  {
    defect: 'cuts values at 64 KiB',
    foundBy: 'values: gives back 1 MiB',
    spoil: (sound) => retrieving(sound, (found) => ({ ...found, value: found.value.slice(0, 65_536) })),
  },
  {
    defect: 'refuses the largest value it claims to take',
    foundBy: 'values: takes a value of exactly maxValueBytes',
    spoil: (sound) =>
      storing(sound, async (id, record, options) => {
        if (record.value.length >= sound.capabilities.limits.maxValueBytes) throw error('INVALID_ARGUMENT', 'store')
        return sound.store(id, record, options)
      }),
  },
]
