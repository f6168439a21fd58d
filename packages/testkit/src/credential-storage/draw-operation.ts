import { parseScopeId } from '@holdfast/contracts'
import type { AnyCredentialStorage, DeleteOptions, ListOptions, Version } from '@holdfast/contracts/credentials'
import { collect } from '../collect.ts'
import { createSeededRandom } from '../faults/seeded-random.ts'
import type { CompareStoragesOptions } from './compare-storages.ts'
import { type SampleRecordOptions, sampleRecord } from './sample-record.ts'
import { present } from './storage-calls.ts'
import { type DrawnOperation, type StoragePair, sortedById, type VersionPair } from './storage-pair.ts'

const usualIds: readonly string[] = [
  ...['a', 'A', 'a/b', 'a/b/c', 'a%2Fb', 'a b', 'a.b', 'db/main', 'db/replica', '..hidden..', 'ünïcödé/ß', '日本語/🔑'],
]

/** A generator of operations: the same seed and the same answers give the same ones. */
export const createOperationDraw = (
  seed: number,
  { reference, ids = usualIds, purgesDeleted = false, history = 'all' }: CompareStoragesOptions,
): ((pair: StoragePair) => DrawnOperation) => {
  const random = createSeededRandom(seed)
  const below = (limit: number): number => Math.floor(random() * limit)
  // The list is not empty: that is what the callers below pass.
  const oneOf = <T>(list: readonly T[]): T => list[below(list.length)] as T
  const { recover } = reference.capabilities
  let writes = 0

  const drawRecord = (): SampleRecordOptions => {
    writes += 1
    return {
      value: `write ${writes} ${'x'.repeat(below(2000))}`,
      encoding: oneOf(['text', 'bytes'] as const),
      kind: oneOf(['opaque', 'api-key']),
      tags: oneOf([{}, { env: 'prod' }, { env: 'test', team: 'a b' }]),
      ...(below(2) === 0 ? { scope: oneOf(scopes) } : {}),
    }
  }
  const remove = async (storage: AnyCredentialStorage, id: string, options: DeleteOptions): Promise<unknown> => {
    const answer = await storage.delete(id, options)
    if (purgesDeleted && recover) await present(storage, 'purge').call(storage, id)
    return answer
  }
  const deleting = (
    name: string,
    id: string,
    ifVersion: (side: keyof VersionPair) => Version,
  ): Omit<DrawnOperation, 'id' | 'description'> => ({
    name,
    run: (storage, side) => remove(storage, id, { ifVersion: ifVersion(side) }),
  })
  const drawList = (): ListOptions =>
    oneOf<ListOptions>([
      {},
      { include: 'id' },
      { prefix: oneOf(ids).slice(0, 2) },
      { prefix: 'a/', include: 'id' },
      { scope: oneOf(scopes) },
      { tags: { env: 'prod' } },
      { tags: { env: 'test' }, scope: oneOf(scopes), include: 'id' },
    ])

  const kinds: readonly (readonly [
    number,
    (id: string, pair: StoragePair) => Omit<DrawnOperation, 'id' | 'description'>,
  ])[] = [
    [20, (id) => storing('store', id, drawRecord(), () => undefined)],
    [8, (id) => storing('create', id, drawRecord(), () => null)],
    [12, (id, pair) => storing('replace', id, drawRecord(), chosen(pair.versions(id).at(-1)))],
    [8, (id, pair) => storing('replace any', id, drawRecord(), chosen(oneOf(pair.versions(id))))],
    [16, (id) => ({ name: 'retrieve', run: (storage) => storage.retrieve(id) })],
    [6, (id) => ({ name: 'exists', run: (storage) => storage.exists(id) })],
    [
      6,
      (id, pair) => {
        const known = pair.versions(id)
        const version = chosen(history === 'all' ? oneOf(known) : known.at(-1))
        return { name: 'retrieve version', run: (storage, side) => storage.retrieve(id, { version: version(side) }) }
      },
    ],
    [8, (id) => ({ name: 'delete', run: (storage) => remove(storage, id, {}) })],
    [5, (id, pair) => deleting('delete version', id, chosen(pair.versions(id).at(-1)))],
    [4, (id, pair) => deleting('delete any version', id, chosen(oneOf(pair.versions(id))))],
    [
      5,
      () => {
        const options = drawList()
        const run = async (storage: AnyCredentialStorage) => sortedById(await collect(storage.list(options)))
        return { name: `list ${JSON.stringify(options)}`, run }
      },
    ],
    ...(recover
      ? ([
          [6, (id) => ({ name: 'recover', run: (storage) => present(storage, 'recover').call(storage, id) })],
          [3, (id) => ({ name: 'purge', run: (storage) => present(storage, 'purge').call(storage, id) })],
        ] satisfies typeof kinds)
      : []),
  ]
  const total = kinds.reduce((sum, [weight]) => sum + weight, 0)

  return (pair) => {
    const id = oneOf(ids)
    let rest = below(total)
    for (const [weight, make] of kinds) {
      rest -= weight
      if (rest < 0) {
        const drawn = make(id, pair)
        return { ...drawn, id, name: drawn.name.split(' {')[0] ?? '', description: `${drawn.name} of ${id}` }
      }
    }
    throw new Error('the weights do not add up')
  }
}

const scopes = ['org:acme', 'org:acme/team:eng', 'org:other'].map(parseScopeId)

/** The version on either side; one that never was where none has been answered yet. */
const chosen =
  (version: VersionPair | undefined) =>
  (side: keyof VersionPair): Version =>
    version?.[side] ?? 'no-such-version'

const storing = (
  name: string,
  id: string,
  record: SampleRecordOptions,
  ifVersion: (side: keyof VersionPair) => Version | null | undefined,
): Omit<DrawnOperation, 'id' | 'description'> => {
  const stored = sampleRecord(id, record)
  return { name, run: (storage, side) => storage.store(id, stored, { ifVersion: ifVersion(side) }) }
}
