import {
  type BatchItem,
  type CallOptions,
  createProblems,
  HoldfastError,
  runBatch,
  type ScopeId,
  scopeProblem,
} from '@holdfast/contracts'
import {
  type AnyCredentialStorage,
  assertCredentialRecord,
  assertIdLength,
  type StoredCredential,
} from '@holdfast/contracts/credentials'
import type { Keyring } from '../keyring/keyring.ts'
import { isReservedId } from '../manager/reserved-ids.ts'
import { copyKeyring, type KeyringCopy } from './copy-keyring.ts'
import { createRecordMover } from './record-mover.ts'

/** What {@link copyCredentials} is to do. */
export interface CopyOptions extends CallOptions {
  /** Only ids that begin with this. */
  readonly prefix?: string | undefined
  /** Only this scope and what lies below it. */
  readonly scope?: ScopeId | undefined
  /** Only those with all of these tags. */
  readonly tags?: Readonly<Record<string, string>> | undefined
  /** Replaces what is at the destination and differs. Default false: it is a conflict, and both stay as they are. */
  readonly overwrite?: boolean | undefined
  /** Reads both sides and says what would be done. Default false. */
  readonly dryRun?: boolean | undefined
  /** Deletes each credential from the source once its copy was read back and found the same. Default false. */
  readonly removeFromSource?: boolean | undefined
  /** How many are worked on at the same time, 1 to 64. Default 8: fast enough for a network, slow enough for rate limits. */
  readonly concurrency?: number | undefined
  /** Opens each value with one vault and seals it with the other. Default: sealed records are copied as they are, with the keyring that opens them, and no key is needed. */
  readonly reseal?: { readonly from: Keyring; readonly to: Keyring } | undefined
  /** Called as the work goes on, at the end of each credential. */
  readonly onProgress?: ((progress: CopyProgress) => void) | undefined
}

/** How far a copy is. */
export interface CopyProgress {
  readonly done: number
  readonly total: number
}

/** What was done with a credential, or would be. */
export interface CopiedCredential {
  /** `unchanged`: the destination had this very state, which was read and compared. */
  readonly action: 'created' | 'replaced' | 'unchanged'
  /** Whether it was deleted from the source. */
  readonly removed: boolean
}

/** What a copy did: one item for each credential, sorted by id. */
export interface CopyReport {
  readonly items: readonly BatchItem<CopiedCredential>[]
  readonly failed: number
  /** What became of the keyring; `none` when the source has none or the values were sealed anew. */
  readonly keyring: KeyringCopy
}

const source = 'credential-core'
const maxConcurrency = 64
const defaultConcurrency = 8

/**
 * Copies credentials from one storage to another, whatever backends they are on. Each is written with a condition where
 * the destination can (`compareAndSet`), read back and compared. Called again it goes on where it stopped: what is there
 * already and the same is `unchanged`. What fails is in the report and hides nothing else.
 * Errors: INVALID_ARGUMENT (options); CONFLICT when the destination is another vault; CANCELLED; what listing says.
 */
export const copyCredentials = async (
  from: AnyCredentialStorage,
  to: AnyCredentialStorage,
  options: CopyOptions = {},
): Promise<CopyReport> => {
  assertCopyOptions(from, to, options)
  const { prefix, scope, tags, signal, deadline, dryRun = false, reseal, onProgress } = options
  const call = { signal, deadline }
  const ids: string[] = []
  for await (const { id } of from.list({ prefix, scope, tags, ...call })) if (!isReservedId(id)) ids.push(id)
  ids.sort()
  const keyring = reseal === undefined ? await copyKeyring(from, to, { dryRun, ...call }) : 'none'
  const mover = createRecordMover(reseal)
  let done = 0

  const copyOne = async (id: string): Promise<CopiedCredential> => {
    const found = await from.retrieve(id, call)
    const there = await retrieveIfThere(to, id, call)
    if (there !== undefined && (await mover.isSame(found, there, call))) return finish(id, found, 'unchanged')
    if (there !== undefined && options.overwrite !== true) throw differs(id, to)
    const record = await mover.move(found, call)
    assertIdLength(id, to.capabilities.limits, source, 'copy')
    assertCredentialRecord(id, record, to.capabilities.limits, source)
    const action = there === undefined ? 'created' : 'replaced'
    if (dryRun) return { action, removed: false }
    const ifVersion = to.capabilities.compareAndSet ? { ifVersion: there?.version ?? null } : {}
    await to.store(id, record, { ...ifVersion, ...call })
    const written = await to.retrieve(id, call)
    if (!(await mover.isSame(found, written, call))) throw notWhatWasWritten(id, to)
    return finish(id, found, action)
  }

  const finish = async (
    id: string,
    { version }: StoredCredential,
    action: CopiedCredential['action'],
  ): Promise<CopiedCredential> => {
    if (dryRun || options.removeFromSource !== true) return { action, removed: false }
    // Only what was copied: a credential that was written meanwhile stays, and the next run takes it along.
    await from.delete(id, { ...(from.capabilities.compareAndSet ? { ifVersion: version } : {}), ...call })
    return { action, removed: true }
  }

  const { items, failed } = await runBatch(
    ids,
    (id) => id,
    async (id) => {
      try {
        return await copyOne(id)
      } finally {
        done += 1
        onProgress?.({ done, total: ids.length })
      }
    },
    { source, operation: 'copy', concurrency: options.concurrency ?? defaultConcurrency, signal },
  )
  return { items, failed, keyring }
}

const assertCopyOptions = (from: AnyCredentialStorage, to: AnyCredentialStorage, options: CopyOptions): void => {
  const problems = createProblems(source, 'copy')
  const { concurrency, scope, dryRun, removeFromSource } = options
  problems.require(from !== to, 'to', to.name, 'another storage than the source')
  problems.require(
    concurrency === undefined || (Number.isInteger(concurrency) && concurrency >= 1 && concurrency <= maxConcurrency),
    'concurrency',
    concurrency,
    `a whole number from 1 to ${maxConcurrency}`,
  )
  problems.require(
    scope === undefined || scopeProblem(scope) === undefined,
    'scope',
    scope,
    'segments such as org:acme/team:eng',
  )
  for (const [name, value] of Object.entries({ dryRun, removeFromSource, overwrite: options.overwrite })) {
    problems.require(value === undefined || typeof value === 'boolean', name, value, 'true or false')
  }
  problems.throwIfAny()
}

const retrieveIfThere = async (
  storage: AnyCredentialStorage,
  id: string,
  call: CallOptions,
): Promise<StoredCredential | undefined> => {
  try {
    return await storage.retrieve(id, call)
  } catch (error) {
    if (HoldfastError.is(error, 'NOT_FOUND')) return undefined
    throw error
  }
}

const differs = (id: string, to: AnyCredentialStorage): HoldfastError =>
  new HoldfastError({
    code: 'ALREADY_EXISTS',
    source,
    operation: 'copy',
    message: `${JSON.stringify(id)} is in ${to.name} already and differs.`,
    hint: 'Copy with overwrite to replace it, or leave it out with a prefix, a scope or tags.',
    details: { id },
  })

const notWhatWasWritten = (id: string, to: AnyCredentialStorage): HoldfastError =>
  new HoldfastError({
    code: 'DATA_LOSS',
    source,
    operation: 'copy',
    message: `${to.name} gave something else back for ${JSON.stringify(id)} than was written; the source was left as it is.`,
    hint: 'Somebody may have written it at the same time: copy again, and look at the backend if it stays so.',
    details: { id },
  })
