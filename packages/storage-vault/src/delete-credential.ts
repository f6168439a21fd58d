import { HoldfastError, toTimestamp } from '@holdfast/contracts'
import type { Version } from '@holdfast/contracts/credentials'
import { type CredentialCall, type KvCredentials, tombstoneJson } from './kv-credentials.ts'
import type { KvWritten } from './kv-engine.ts'
import { deletionPatienceMs, liveVersion, requireCurrent, writeIf } from './store-credential.ts'

/** How often a delete looks for the current version anew when writers are faster. */
const maxAttempts = 16

/** Makes a credential gone: with all its versions, or until it is recovered when the storage deletes softly. */
export const deleteCredential = (
  store: KvCredentials,
  call: CredentialCall,
  ifVersion: Version | undefined,
): Promise<{ readonly deleted: boolean }> => {
  if (store.softDelete) return deleteSoftly(store, call, ifVersion)
  return ifVersion === undefined ? removeAll(store, call) : removeIf(store, call, ifVersion)
}

const removeAll = async (store: KvCredentials, call: CredentialCall): Promise<{ readonly deleted: boolean }> => {
  // What others have deleted softly is not there for us, and stays theirs to undelete.
  if (liveVersion(await store.engine.readMetadata(call, call.id)) === undefined) return { deleted: false }
  await store.engine.remove(call, call.id)
  return { deleted: true }
}

/**
 * Vault removes a secret only without a condition. So the decision falls with a version that says "deleted" and is written
 * over exactly the one that is named; whoever would write over that one is refused from then on. Then the secret is removed.
 */
const removeIf = async (
  store: KvCredentials,
  call: CredentialCall,
  ifVersion: Version,
): Promise<{ readonly deleted: true }> => {
  const { number } = await requireCurrent(store, call, ifVersion)
  const tombstone = await writeTombstone(store, call, number)
  const isLate = store.clock.monotonicNow() - tombstone.writtenAtMs > deletionPatienceMs / 2
  // One who waits to create it anew has lost patience perhaps, and written: then nothing is left to remove.
  if (isLate && (await store.engine.readMetadata(call, call.id))?.current?.number !== tombstone.number)
    return { deleted: true }
  await store.engine.remove(call, call.id)
  return { deleted: true }
}

/** Hides the current version behind one that says "deleted"; both can be shown again until they are purged. */
const deleteSoftly = async (
  store: KvCredentials,
  call: CredentialCall,
  ifVersion: Version | undefined,
): Promise<{ readonly deleted: boolean }> => {
  for (let attempt = 1; ; attempt++) {
    const current =
      ifVersion === undefined
        ? liveVersion(await store.engine.readMetadata(call, call.id))
        : await requireCurrent(store, call, ifVersion)
    if (current === undefined) return { deleted: false }
    try {
      const tombstone = await writeTombstone(store, call, current.number)
      await store.engine.changeVersions(call, 'delete', call.id, [current.number, tombstone.number])
      return { deleted: true }
    } catch (error) {
      // Without a condition whatever is there is deleted, also what has just been written.
      const isOvertaken = HoldfastError.is(error, 'CONFLICT') && ifVersion === undefined
      if (!isOvertaken || attempt === maxAttempts) throw error
    }
  }
}

const writeTombstone = async (
  store: KvCredentials,
  call: CredentialCall,
  over: number,
): Promise<KvWritten & { readonly writtenAtMs: number }> => {
  const writtenAtMs = store.clock.monotonicNow()
  const written = await writeIf(store, call, tombstoneJson(toTimestamp(store.clock.wallNow())), over)
  return { ...written, writtenAtMs }
}
