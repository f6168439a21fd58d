import assert from 'node:assert/strict'
import { HoldfastError } from '@holdfast/contracts'
import type { AnyCredentialStorage, Version } from '@holdfast/contracts/credentials'
import { collect } from '../collect.ts'
import { sampleText } from './sample-record.ts'
import { present } from './storage-calls.ts'

/** Names a version on both sides. */
export interface VersionPair {
  readonly reference: Version
  readonly subject: Version
}

/** One operation, to be done on either side with the versions of that side. */
export interface DrawnOperation {
  readonly name: string
  readonly description: string
  readonly id: string
  readonly run: (storage: AnyCredentialStorage, side: keyof VersionPair) => Promise<unknown>
}

/** Two storages that are to answer the same. */
export interface StoragePair {
  /** Every version of an id that was ever answered, oldest first, also those that are gone. */
  versions(id: string): readonly VersionPair[]
  /** Does it on both and answers what came of it; throws when it is not the same. */
  run(operation: DrawnOperation): Promise<string>
  /** Compares all that is stored. */
  checkEverything(): Promise<string>
}

/** Makes a {@link StoragePair}. */
export const createStoragePair = (
  reference: AnyCredentialStorage,
  subject: AnyCredentialStorage,
  history: 'all' | 'current',
): StoragePair => {
  const versions = new Map<string, VersionPair[]>()
  /** What both sides call the same is called `#n` here. */
  const named = (id: string, side: keyof VersionPair, version: Version | undefined): string => {
    const index = versions.get(id)?.findIndex((known) => known[side] === version) ?? -1
    return index < 0 ? `an unknown version` : `#${index}`
  }
  const remember = (id: string, answers: readonly [unknown, unknown]): void => {
    const [first, second] = answers.map((answer) => (isVersioned(answer) ? answer.version : undefined))
    if (first === undefined || second === undefined) return
    const known = versions.get(id) ?? []
    versions.set(id, known)
    if (known.some((version) => version.reference === first && version.subject === second)) return
    const isNew = known.every((version) => version.reference !== first && version.subject !== second)
    assert.ok(isNew, `${JSON.stringify(id)}: a version of one side belongs to two of the other`)
    known.push({ reference: first, subject: second })
  }
  const shown = (id: string, side: keyof VersionPair, answer: unknown): unknown => {
    if (Array.isArray(answer)) return answer.map((item) => shown(isIdentified(item) ? item.id : id, side, item))
    if (typeof answer !== 'object' || answer === null) return answer
    // Times are those of each backend.
    const { version, createdAt: _, deletedAt: __, recoverableUntil: ___, value, ...rest } = { ...answer } as AnyAnswer
    return {
      ...rest,
      ...(version === undefined ? {} : { version: named(id, side, version) }),
      ...(value === undefined ? {} : { value: sampleText(value), bytes: value.length }),
    }
  }
  const both = async (id: string, run: DrawnOperation['run']): Promise<string> => {
    const outcomes = [await outcomeOf(run(reference, 'reference')), await outcomeOf(run(subject, 'subject'))] as const
    remember(id, [outcomes[0].answer, outcomes[1].answer])
    assert.equal(outcomes[1].summary, outcomes[0].summary, 'the subject answers (first) something else')
    assert.deepEqual(shown(id, 'subject', outcomes[1].answer), shown(id, 'reference', outcomes[0].answer))
    return outcomes[0].summary
  }
  return {
    versions: (id) => versions.get(id) ?? [],
    run: (operation) => both(operation.id, operation.run),
    async checkEverything() {
      await both('', async (storage) => sortedById(await collect(storage.list())))
      const ids = await collect(reference.list({ include: 'id' }))
      for (const { id } of ids) {
        await both(id, (storage) => storage.retrieve(id))
        if (reference.capabilities.versions) {
          await both(id, async (storage) => {
            const kept = await present(storage, 'history').call(storage, id)
            return history === 'all' ? kept : kept.filter(({ isCurrent }) => isCurrent)
          })
        }
      }
      if (reference.capabilities.recover) {
        await both('', async (storage) =>
          sortedById(await collect(present(storage, 'listDeleted').call(storage))).map(({ id }) => ({ id })),
        )
      }
      return 'agrees'
    },
  }
}

type AnyAnswer = { readonly version?: Version; readonly value?: Uint8Array } & Readonly<Record<string, unknown>>

const isVersioned = (answer: unknown): answer is { readonly version: Version } =>
  typeof answer === 'object' && answer !== null && typeof Reflect.get(answer, 'version') === 'string'

const isIdentified = (answer: unknown): answer is { readonly id: string } =>
  typeof answer === 'object' && answer !== null && typeof Reflect.get(answer, 'id') === 'string'

/** A listing in an order that both sides share. */
export const sortedById = <T extends { readonly id: string }>(items: readonly T[]): readonly T[] =>
  [...items].sort((a, b) => (a.id < b.id ? -1 : 1))

const outcomeOf = async (call: Promise<unknown>): Promise<{ readonly summary: string; readonly answer?: unknown }> => {
  try {
    return { summary: 'done', answer: await call }
  } catch (error) {
    if (!HoldfastError.is(error)) throw error
    return { summary: error.reason === undefined ? error.code : `${error.code} ${error.reason}` }
  }
}
