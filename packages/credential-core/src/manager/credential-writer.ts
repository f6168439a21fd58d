import {
  abortable,
  type CallOptions,
  HoldfastError,
  type ScopeId,
  type SecretValue,
  throwIfAborted,
  toTimestamp,
  type UlidGenerator,
} from '@holdfast/contracts'
import {
  type AnyCredentialStorage,
  type CredentialMetadata,
  unsupported,
  type Version,
} from '@holdfast/contracts/credentials'
import type { Anchor } from '../sealing/anchor.ts'
import type { UnsealedMetadata } from '../sealing/sealer.ts'
import type { Credential, CredentialDescription } from './credential.ts'
import type { CredentialCache } from './credential-cache.ts'
import type { CredentialReader } from './credential-reader.ts'
import type { RecordVault } from './record-vault.ts'
import { encodeValue } from './value-codec.ts'
import { createWriteOrder } from './write-order.ts'

/** How often an unconditional write starts again because somebody else was faster. Each time somebody's write went through, so this many in a row means that the id is not fit for concurrent writers. */
const maxAttempts = 32

/** What is to be stored, decided when the present state (undefined: none) is known. */
export interface Draft {
  readonly kind: string
  readonly value: SecretValue
  readonly scope: ScopeId | undefined
  readonly tags: Readonly<Record<string, string>>
  readonly expiresAt: string | undefined
  /** What it comes after when the present state cannot be read. */
  readonly follows?: CredentialMetadata
}

/** A write of one credential. */
export interface Write extends CallOptions {
  readonly operation: string
  /** Overwrites only this version; `null`: only if there is none. Undefined: whatever is there. */
  readonly ifVersion: Version | null | undefined
  /** Leaves the reading of the present state out where the storage can tell by itself that there is none. */
  readonly canSkipRead: boolean
  /** Checks the present state and says what is to be stored; throws to refuse. Damaged: there is one that cannot be read. */
  draft(present: Credential | undefined, isDamaged: boolean): Draft
  /** There for a write that may replace a damaged state: finds its version, if it still has one. Otherwise DATA_LOSS ends the write, lest what an attacker put into a header is sealed as true. */
  readonly versionOfDamaged?: (() => Promise<Version | undefined>) | undefined
  /** The error for a CONFLICT that is not tried again; undefined: the storage's own. */
  readonly onConflict?: (() => HoldfastError) | undefined
}

/** What a write did. */
export interface Written {
  readonly description: CredentialDescription
  /** False when there was an earlier state. */
  readonly created: boolean
}

/** Writes credentials: reads what is there, decides, seals, and stores over exactly what was read. */
export interface CredentialWriter {
  write(id: string, write: Write): Promise<Written>
  /** Runs another change of a credential in its turn and forgets the cached value after it. */
  change<T>(id: string, operation: string, options: CallOptions, work: () => Promise<T>): Promise<T>
}

/** What is there: `base` is its version, null when there is nothing, undefined when it is too damaged to have one. */
interface Present {
  readonly present: Credential | undefined
  readonly base: Version | null | undefined
}

const nothing: Present = { present: undefined, base: null }

/** What {@link createCredentialWriter} needs. */
export interface CredentialWriterParts {
  readonly storage: AnyCredentialStorage
  readonly vault: RecordVault
  readonly reader: CredentialReader
  readonly cache: CredentialCache
  readonly anchor: Anchor | undefined
  readonly nextUlid: UlidGenerator
  readonly wallNow: () => number
}

/** Makes a {@link CredentialWriter}. */
export const createCredentialWriter = ({
  storage,
  vault,
  reader,
  cache,
  anchor,
  nextUlid,
  wallNow,
}: CredentialWriterParts): CredentialWriter => {
  const order = createWriteOrder()
  const { compareAndSet } = storage.capabilities

  const look = async (id: string, { operation, versionOfDamaged, signal, deadline }: Write): Promise<Present> => {
    try {
      const present = await reader.fetchIfThere(id, operation, { signal, deadline })
      return { present, base: present?.version ?? null }
    } catch (error) {
      if (versionOfDamaged === undefined || !HoldfastError.is(error, 'DATA_LOSS')) throw error
      return { present: undefined, base: await versionOfDamaged() }
    }
  }

  const attempt = async (id: string, write: Write, writeId: string): Promise<Written | undefined> => {
    const { operation, ifVersion, signal, deadline } = write
    const options = { signal, deadline }
    const skipsRead = write.canSkipRead && compareAndSet && ifVersion === null
    const { present, base } = skipsRead ? nothing : await look(id, write)
    const draft = write.draft(present, present === undefined && base !== null)
    if (ifVersion !== undefined && base !== ifVersion) throw versionMismatch(id, operation)
    const { encoding, bytes } = encodeValue(draft.value)
    const previous = present?.metadata ?? draft.follows
    const now = toTimestamp(wallNow())
    const metadata: UnsealedMetadata = {
      id,
      kind: draft.kind,
      encoding,
      ...(draft.scope === undefined ? {} : { scope: draft.scope }),
      tags: draft.tags,
      createdAt: previous?.createdAt ?? now,
      updatedAt: now,
      ...(draft.expiresAt === undefined ? {} : { expiresAt: draft.expiresAt }),
      revision: nextUlid({ after: later(previous?.revision, await anchor?.latestRevision(id, options)) }),
      writeId,
    }
    const record = await vault.toRecord(metadata, bytes, options)
    const expected = compareAndSet ? { ifVersion: base } : {}
    // No version orders this write against others that create and delete at the same moment.
    if (base === null || !compareAndSet) await anchor?.writing(metadata, options)
    try {
      const { version } = await storage.store(id, record, { ...options, ...expected })
      const stored: CredentialDescription = { id, version, metadata: record.metadata }
      return { description: await anchorWritten(stored, bytes, options), created: present === undefined }
    } catch (error) {
      if (!HoldfastError.is(error, 'CONFLICT')) throw error
      // A repeat of this very write, after an attempt whose answer was lost, conflicts with itself.
      const { present: head } = await look(id, { ...write, versionOfDamaged: async () => undefined })
      if (head?.metadata.writeId === writeId) {
        await anchor?.record(head.metadata, options)
        return { description: { id, version: head.version, metadata: head.metadata }, created: present === undefined }
      }
      if (ifVersion === undefined) return undefined
      throw write.onConflict?.() ?? error
    }
  }

  /**
   * Tells the anchor what was written. A create may have been overtaken by others' create and delete, which leave a newer
   * revision behind: then what was written is written again with a revision that is newer still.
   */
  const anchorWritten = async (
    stored: CredentialDescription,
    bytes: Uint8Array,
    options: CallOptions,
  ): Promise<CredentialDescription> => {
    const { id, version } = stored
    if (anchor === undefined || (await anchor.record(stored.metadata, options))) return stored
    const revision = nextUlid({ after: await anchor.latestRevision(id, options) })
    const { seal: _seal, ...metadata } = stored.metadata
    if (!compareAndSet) await anchor.writing({ id, revision }, options)
    const record = await vault.toRecord({ ...metadata, revision }, bytes, options)
    try {
      const again = await storage.store(id, record, { ...options, ...(compareAndSet ? { ifVersion: version } : {}) })
      return await anchorWritten({ id, version: again.version, metadata: record.metadata }, bytes, options)
    } catch (error) {
      // Written or deleted by others since: it was there, and theirs is newer.
      if (HoldfastError.is(error, 'CONFLICT')) return stored
      throw error
    }
  }

  const writer: CredentialWriter = {
    write: (id, write) =>
      writer.change(id, write.operation, write, async () => {
        if (write.ifVersion !== undefined && write.onConflict === undefined && !compareAndSet) {
          throw unsupported(storage.name, 'compareAndSet', 'credential-core', write.operation)
        }
        const writeId = nextUlid()
        for (let count = 0; count < maxAttempts; count++) {
          const written = await attempt(id, write, writeId)
          if (written !== undefined) return written
        }
        throw tooManyWriters(id, write.operation)
      }),
    change<T>(id: string, operation: string, { signal }: CallOptions, work: () => Promise<T>): Promise<T> {
      const site = { source: 'credential-core', operation }
      const write = async (): Promise<T> => {
        throwIfAborted(signal, site)
        try {
          return await work()
        } finally {
          // Also after a failure: the write may have arrived although its answer did not.
          cache.invalidate(id)
        }
      }
      // A caller who gives up while waiting leaves at once. From then on the storage is the one to answer an abort: only it
      // knows whether the write may have arrived.
      return order.run(id, write, (before) => abortable(before, signal, site))
    },
  }
  return writer
}

/** The greater of two ULIDs, each of which may be missing. */
const later = (a: string | undefined, b: string | undefined): string | undefined =>
  a === undefined || b === undefined ? (a ?? b) : a > b ? a : b

const versionMismatch = (id: string, operation: string): HoldfastError =>
  new HoldfastError({
    code: 'CONFLICT',
    reason: 'VERSION_MISMATCH',
    source: 'credential-core',
    operation,
    message: `${JSON.stringify(id)} is not at the version that ${operation} was to write over.`,
    hint: 'Retrieve it again, decide again, and write with the version found.',
    details: { id },
  })

const tooManyWriters = (id: string, operation: string): HoldfastError =>
  new HoldfastError({
    code: 'CONFLICT',
    reason: 'VERSION_MISMATCH',
    source: 'credential-core',
    operation,
    message: `${operation} of ${JSON.stringify(id)} lost against other writers ${maxAttempts} times in a row.`,
    hint: 'Let one process write this credential, or try again later.',
    retryable: true,
    details: { id },
  })
