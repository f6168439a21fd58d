import type { CredentialRecord, CredentialSummary } from '@holdfast/contracts/credentials'
import { collect } from '@holdfast/testkit'
import type { BrokenStorage } from './broken-storage.ts'
import { listing } from './spoil.ts'

/** Storages whose listings are wrong. */
export const storagesWithBrokenLists: readonly BrokenStorage[] = [
  {
    defect: 'lists the metadata when only ids were asked for',
    foundBy: 'list include id',
    spoil: (sound) => listing(sound, (options) => sound.list({ ...options, include: 'metadata' })),
  },
  {
    defect: 'takes a prefix for a folder',
    foundBy: 'list prefix: ',
    spoil: (sound) =>
      listing(sound, ({ prefix, ...options } = {}) =>
        sound.list({ ...options, prefix: prefix && !prefix.endsWith('/') ? `${prefix}/` : prefix }),
      ),
  },
  {
    defect: 'takes a scope for plain text',
    foundBy: 'list scope: ',
    spoil: (sound) =>
      listing(sound, async function* ({ scope = '', ...options } = {}) {
        for await (const item of sound.list(options)) if ((item.metadata?.scope ?? '').startsWith(scope)) yield item
      }),
  },
  {
    defect: 'finds what has one of the tags',
    foundBy: 'list tags: ',
    spoil: (sound) =>
      listing(sound, async function* ({ tags = {}, ...options } = {}) {
        const wanted = Object.entries(tags)
        for await (const item of sound.list(options)) {
          if (wanted.length === 0 || wanted.some(([name, value]) => item.metadata?.tags[name] === value)) yield item
        }
      }),
  },
  {
    defect: 'ignores the scope when there is a prefix',
    foundBy: 'list: all its filters',
    spoil: (sound) =>
      listing(sound, (options = {}) => sound.list(options.prefix ? { ...options, scope: undefined } : options)),
  },
  {
    defect: 'pages by position, which deletes shift',
    foundBy: 'list: yields what is there throughout exactly once',
    spoil: (sound) =>
      listing(sound, async function* (options) {
        for (let position = 0; ; position++) {
          const item = (await collect(sound.list(options))).sort((a, b) => (a.id < b.id ? -1 : 1))[position]
          if (item === undefined) return
          yield item
        }
      }),
  },
  {
    defect: 'lists an entry of its own',
    foundBy: 'list: yields nothing of an empty storage',
    spoil: (sound) =>
      listing(sound, async function* (options) {
        yield { id: '.index' }
        yield* sound.list(options)
      }),
  },
  {
    defect: 'lists no versions',
    foundBy: 'list: yields id, current version and metadata',
    spoil: (sound) =>
      listing(sound, async function* (options) {
        for await (const { version: _dropped, ...summary } of sound.list(options)) yield summary
      }),
  },
  {
    defect: 'filters by the tags of the first version',
    foundBy: 'list: filters by the metadata of the current version',
    spoil(sound) {
      const first = new Map<string, CredentialRecord['metadata']>()
      return {
        ...sound,
        store(id, record, options) {
          if (!first.has(id)) first.set(id, record.metadata)
          return sound.store(id, record, options)
        },
        async *list({ tags = {}, ...options } = {}) {
          for await (const summary of sound.list(options)) {
            const known = first.get(summary.id)?.tags ?? {}
            if (Object.entries(tags).every(([name, value]) => known[name] === value)) yield summary
          }
        },
      }
    },
  },
  {
    defect: 'can list only once at a time',
    foundBy: 'list: can be left early',
    spoil(sound) {
      let running: AsyncIterable<CredentialSummary> | undefined
      return listing(sound, (options) => {
        running ??= sound.list(options)
        return running
      })
    },
  },
]
