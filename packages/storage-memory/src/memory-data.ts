import {
  type ChangeLog,
  type CredentialMetadata,
  type CredentialRecord,
  createChangeLog,
} from '@holdfast/contracts/credentials'

/** One version of one credential, as it was stored: nothing of it is shared with any caller. */
export interface KeptVersion extends CredentialRecord {
  readonly version: string
  readonly createdAt: string
}

/** A credential with its versions, oldest first; the last one is current, or was when it was deleted. */
export interface Entry {
  readonly versions: readonly KeptVersion[]
  readonly deletedAt?: string
}

/**
 * What memory storages keep credentials in. Made by {@link createMemoryData} and given to several storages, it stands for
 * one backend that several processes use. There is nothing to do with it otherwise.
 */
export interface MemoryData {
  readonly [contents]: Contents
}

/** What is inside a {@link MemoryData}. */
export interface Contents {
  /** Different for each data, so that a cursor of another one is recognised. */
  readonly id: string
  readonly entries: Map<string, Entry>
  readonly changes: ChangeLog
  /** A version that was never given out before. */
  nextVersion(): string
}

const contents: unique symbol = Symbol('contents')

/** Makes an empty {@link MemoryData}. */
export const createMemoryData = (): MemoryData => {
  let writes = 0
  const id = crypto.randomUUID()
  return Object.freeze({
    [contents]: {
      id,
      entries: new Map<string, Entry>(),
      changes: createChangeLog(),
      nextVersion: () => `${id.slice(0, 8)}-${++writes}`,
    },
  })
}

/** Whether a value was made by {@link createMemoryData}. */
export const isMemoryData = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && contents in value

/** The inside of a data. */
export const contentsOf = (data: MemoryData): Contents => data[contents]

/** The entry unless it is deleted. */
export const liveEntry = ({ entries }: Contents, id: string): Entry | undefined => {
  const entry = entries.get(id)
  return entry?.deletedAt === undefined ? entry : undefined
}

/** The version that is current. */
export const currentOf = ({ versions }: Entry): KeptVersion => {
  // An entry is only ever made together with its first version, and the last one is never pruned.
  return versions.at(-1) as KeptVersion
}

/** A record of its own: copied bytes, and metadata that nobody can change any more. */
export const copyRecord = ({ metadata, value }: CredentialRecord): CredentialRecord => {
  const copy: CredentialMetadata = structuredClone(metadata)
  Object.freeze(copy.tags)
  Object.freeze(copy.seal)
  return { metadata: Object.freeze(copy), value: new Uint8Array(value) }
}
