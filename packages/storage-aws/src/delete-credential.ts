import type { Version } from '@holdfast/contracts/credentials'
import { conditionOf, versionMismatch } from './errors.ts'
import { found, moveCurrent } from './move-current.ts'
import { secretNameOf } from './secret-name.ts'
import { readState } from './secret-state.ts'
import type { SecretStore } from './secret-store.ts'
import type { Call } from './secrets-api.ts'

type DeleteCall = Call & { readonly id: string }

/** What the current version of a credential says that was deleted on a condition, for those who read it elsewhere. */
const tombstone = JSON.stringify({ holdfast: 1, deleted: true })

/** Shortest window of AWS in days (https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DeleteSecret.html). */
const shortestWindowDays = 7

/** Deletes whatever version is there. */
export const deleteCredential = async (
  store: SecretStore,
  call: DeleteCall,
): Promise<{ readonly deleted: boolean }> => {
  // Without recovery AWS also says of a secret that never was that it is deleted.
  const state = await readState(store, call, call.id)
  if (state.kind === 'entombed') await finishDelete(store, call, state.current)
  if (state.kind !== 'present') return { deleted: false }
  try {
    await sendDelete(store, call, store.recoveryWindowDays, true)
    return { deleted: true }
  } catch (error) {
    if (!(await isGone(store, call, error))) throw error
    return { deleted: false }
  }
}

/**
 * Deletes one version only. AWS deletes without a condition, so a tombstone is first made the current version in its
 * place, on the condition, and then the secret is deleted: who wins is decided by the move alone.
 */
export const deleteVersion = async (
  store: SecretStore,
  call: DeleteCall,
  over: Version,
): Promise<{ readonly deleted: boolean }> => {
  const state = await readState(store, call, call.id)
  if (state.kind === 'entombed') await finishDelete(store, call, state.current)
  if (state.kind !== 'present' || state.current !== over) throw versionMismatch(call, found(state))
  await finishDelete(store, call, await moveCurrent(store, call, { over, kind: 'd', document: tombstone }))
  return { deleted: true }
}

/**
 * Deletes the secret whose current version is this tombstone. Somebody may write over the tombstone before the secret is
 * deleted; the deletion is then taken back. That can be told only afterwards, which is why also a storage that deletes for
 * good deletes with a window first.
 */
export const finishDelete = async (store: SecretStore, call: DeleteCall, entombed: Version): Promise<void> => {
  try {
    await sendDelete(store, call, store.recoveryWindowDays || shortestWindowDays, false)
  } catch (error) {
    // Somebody else has finished it.
    if (!(await isGone(store, call, error))) throw error
  }
  const state = await readState(store, call, call.id)
  if (state.kind !== 'deleted') return
  const SecretId = secretNameOf(store.prefix, call.id)
  if (state.current !== entombed) await store.api.restoreSecret(call, { SecretId }, { decides: false })
  else if (store.recoveryWindowDays === 0) await sendDelete(store, call, 0, false)
}

/** Deletes the secret: with a window to recover it, or with 0 days for good. */
export const sendDelete = async (
  store: SecretStore,
  call: DeleteCall,
  windowDays: number,
  decides: boolean,
): Promise<void> => {
  const SecretId = secretNameOf(store.prefix, call.id)
  const how = windowDays === 0 ? { ForceDeleteWithoutRecovery: true } : { RecoveryWindowInDays: windowDays }
  await store.api.deleteSecret(call, { SecretId, ...how }, { decides })
}

/** Whether an error only says that there is nothing to delete any more. */
const isGone = async (store: SecretStore, call: DeleteCall, error: unknown): Promise<boolean> => {
  const code = conditionOf(error)?.code
  if (code === 'NOT_FOUND') return true
  if (code !== 'CONFLICT') return false
  const { kind } = await readState(store, call, call.id)
  return kind === 'deleted' || kind === 'missing'
}
