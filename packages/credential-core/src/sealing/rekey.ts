import {
  type CallOptions,
  cancellationError,
  createProblems,
  createUlidGenerator,
  HoldfastError,
  throwIfAborted,
} from '@holdfast/contracts'
import type { AnyCredentialStorage, CredentialRecord, CredentialSummary } from '@holdfast/contracts/credentials'
import type { Keyring } from '../keyring/keyring.ts'
import { createSealer } from './create-sealer.ts'

/** How far a rekey is. */
export interface RekeyProgress {
  /** Records sealed anew with the active key. */
  readonly resealed: number
  /** Records left as they are: under the active key already, not sealed, or deleted meanwhile. */
  readonly skipped: number
  /** Records that could not be opened or written. */
  readonly failed: number
}

/** What a rekey did. */
export interface RekeyResult extends RekeyProgress {
  /** Why records failed, for the first hundred of them. */
  readonly failures: readonly { readonly id: string; readonly error: HoldfastError }[]
}

/** Options of {@link rekey}. */
export interface RekeyOptions extends CallOptions {
  /** Called after each record. What it throws ends the rekey. */
  readonly onProgress?: ((progress: RekeyProgress) => void) | undefined
  /** How many records are worked on at the same time, 1 to 64. Default 8. */
  readonly concurrency?: number | undefined
}

const source = 'credential-core'
const maxFailures = 100

/** How often a record is tried again that somebody else writes at the same moment. */
const maxAttempts = 10

/**
 * Seals every record anew that is not yet under the active vault key, after `keyring.rotate()`. A record is opened, sealed,
 * opened again and compared before it is written over exactly the version that was read, so at every moment each record is
 * whole under one key or the other. It can be stopped and started again at any time: what is done is skipped. Value,
 * times and revision stay as they are. On a storage without compare-and-set let nobody else write meanwhile.
 *
 * Rejects with CANCELLED (or TIMEOUT) when the signal is aborted, and with what listing and the keyring say.
 */
export const rekey = async (
  storage: AnyCredentialStorage,
  keyring: Keyring,
  options: RekeyOptions = {},
): Promise<RekeyResult> => {
  const { signal, onProgress, concurrency = 8 } = options
  const problems = createProblems(source, 'rekey')
  const isInRange = Number.isInteger(concurrency) && concurrency >= 1 && concurrency <= 64
  problems.require(isInRange, 'concurrency', concurrency, 'a whole number from 1 to 64')
  problems.throwIfAny()

  const activeKeyId = (await keyring.reload({ signal })).activeKey.id
  const reseal = createReseal(storage, keyring, activeKeyId, signal)
  const failures: { id: string; error: HoldfastError }[] = []
  const progress = { resealed: 0, skipped: 0, failed: 0 }

  const work = async (summary: CredentialSummary): Promise<void> => {
    try {
      progress[await reseal(summary)]++
    } catch (error) {
      if (signal?.aborted) throw cancellationError(signal, { source, operation: 'rekey' })
      if (!HoldfastError.is(error)) throw error
      progress.failed++
      if (failures.length < maxFailures) failures.push({ id: summary.id, error })
    }
    onProgress?.({ ...progress })
  }

  const running = new Set<Promise<void>>()
  let failure: { readonly error: unknown } | undefined
  for await (const summary of storage.list({ signal })) {
    throwIfAborted(signal, { source, operation: 'rekey' })
    const task = work(summary)
      .catch((error: unknown) => {
        failure ??= { error }
      })
      .finally(() => running.delete(task))
    running.add(task)
    if (running.size >= concurrency) await Promise.race(running)
    if (failure !== undefined) break
  }
  await Promise.all(running)
  if (failure !== undefined) throw failure.error
  return { ...progress, failures }
}

/** Makes the work on one record. */
const createReseal = (
  storage: AnyCredentialStorage,
  keyring: Keyring,
  activeKeyId: string,
  signal: AbortSignal | undefined,
): ((summary: CredentialSummary) => Promise<'resealed' | 'skipped'>) => {
  const sealer = createSealer(keyring)
  const nextWriteId = createUlidGenerator()

  const attempt = async (id: string): Promise<'resealed' | 'skipped' | 'again'> => {
    const stored = await storage.retrieve(id, { signal })
    const { seal, ...metadata } = stored.metadata
    if (seal === undefined || seal.keyId === activeKeyId) return 'skipped'
    const plaintext = Buffer.from(await sealer.open(stored, { signal }))
    try {
      const record = await sealer.seal({ ...metadata, writeId: nextWriteId() }, plaintext, { signal })
      const check = Buffer.from(await sealer.open(record, { signal }))
      const isSame = check.equals(plaintext)
      check.fill(0)
      if (!isSame) throw notTheSame(id)
      return (await write(id, record, stored.version)) ? 'resealed' : 'again'
    } finally {
      plaintext.fill(0)
    }
  }

  const write = async (id: string, record: CredentialRecord, over: string): Promise<boolean> => {
    throwIfAborted(signal, { source, operation: 'rekey' })
    try {
      await storage.store(id, record, { signal, ...(storage.capabilities.compareAndSet ? { ifVersion: over } : {}) })
      return true
    } catch (error) {
      if (HoldfastError.is(error, 'CONFLICT')) return false
      throw error
    }
  }

  return async ({ id, metadata }) => {
    if (metadata !== undefined && (metadata.seal === undefined || metadata.seal.keyId === activeKeyId)) return 'skipped'
    for (let count = 0; count < maxAttempts; count++) {
      try {
        const outcome = await attempt(id)
        if (outcome !== 'again') return outcome
      } catch (error) {
        if (HoldfastError.is(error, 'NOT_FOUND')) return 'skipped'
        throw error
      }
    }
    throw contended(id)
  }
}

const notTheSame = (id: string): HoldfastError =>
  new HoldfastError({
    code: 'INTERNAL',
    source,
    operation: 'rekey',
    message: `The record ${JSON.stringify(id)} sealed anew does not open to the same value; it was left as it is.`,
    hint: 'Report this, and check the memory of this machine.',
    details: { id },
  })

const contended = (id: string): HoldfastError =>
  new HoldfastError({
    code: 'CONFLICT',
    reason: 'VERSION_MISMATCH',
    source,
    operation: 'rekey',
    message: `The record ${JSON.stringify(id)} was written by somebody else each time it was to be sealed anew.`,
    hint: 'Run the rekey again; it takes up what is left.',
    retryable: true,
    details: { id },
  })
