import { toTimestamp } from '@holdfast/contracts'
import type { DeletedCredential, Version } from '@holdfast/contracts/credentials'
import { finishDelete, sendDelete } from './delete-credential.ts'
import { conditionOf, notDeleted, notFound, versionUnknown } from './errors.ts'
import { listSecrets } from './list-secrets.ts'
import { moveCurrent } from './move-current.ts'
import { secretNameOf } from './secret-name.ts'
import { readState } from './secret-state.ts'
import { currentStage, previousStage, type SecretStore } from './secret-store.ts'
import type { Call } from './secrets-api.ts'
import { abbreviate, isTombstoneId, parseVersionId, versionTimeMs } from './version-id.ts'

type RecoveryCall = Call & { readonly id: string }

/** Restores the secret, and stores what it held last once more, so that no version is current a second time. */
export const recoverCredential = async (store: SecretStore, call: RecoveryCall): Promise<Version> => {
  const state = await readState(store, call, call.id)
  if (state.kind === 'missing') throw notFound(call)
  if (state.kind === 'present' || state.kind === 'empty') throw notDeleted(call)
  const { current } = state
  if (current === undefined) throw versionUnknown(call)
  const SecretId = secretNameOf(store.prefix, call.id)
  if (state.kind === 'deleted') {
    await store.api.restoreSecret(call, { SecretId }, { decides: false }).catch((error: unknown) => {
      // Somebody else was faster, or it was purged.
      const code = conditionOf(error)?.code
      throw code === 'NOT_FOUND' ? notFound(call) : code === 'CONFLICT' ? notDeleted(call) : error
    })
  }
  const predecessor = isTombstoneId(current) ? parseVersionId(current)?.predecessor : undefined
  const VersionStage = predecessor === undefined ? currentStage : previousStage
  const last = await store.api.getSecretValue(call, { SecretId, VersionStage })
  if (predecessor === undefined) {
    // Somebody has written to it since it was restored.
    if (last.VersionId !== current) throw notDeleted(call)
    // Somebody else keeps bytes there: they are back as they were.
    if (last.SecretString === undefined) return current
  } else if (abbreviate(last.VersionId ?? '') !== predecessor || last.SecretString === undefined) {
    throw versionUnknown(call)
  }
  return moveCurrent(store, call, { over: current, kind: 'c', document: last.SecretString })
}

/** Removes a deleted secret for good. */
export const purgeCredential = async (
  store: SecretStore,
  call: RecoveryCall,
): Promise<{ readonly purged: boolean }> => {
  let state = await readState(store, call, call.id)
  if (state.kind === 'entombed') {
    await finishDelete(store, call, state.current)
    state = await readState(store, call, call.id)
  }
  if (state.kind === 'missing') return { purged: false }
  if (state.kind !== 'deleted') throw notDeleted(call)
  await sendDelete(store, call, 0, true)
  return { purged: true }
}

/** Yields what is deleted and not yet gone. */
export const listDeletedCredentials = async function* (
  store: SecretStore,
  call: Call,
): AsyncGenerator<DeletedCredential> {
  for await (const page of listSecrets(store, call, { includeDeleted: true })) {
    for (const { id, state } of page) {
      if (state.kind === 'deleted') yield { id, deletedAt: state.deletedAt, recoverableUntil: state.until }
      if (state.kind === 'entombed')
        yield { id, deletedAt: toTimestamp(versionTimeMs(state.current) ?? store.clock.wallNow()) }
    }
  }
}
