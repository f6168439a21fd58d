import { HoldfastError, toTimestamp } from '@holdfast/contracts'
import type { Version } from '@holdfast/contracts/credentials'
import { deletionPatienceMs, waitForDeletion } from './deletion-patience.ts'
import { type CredentialCall, isTombstone, type KvCredentials, tombstoneJson } from './kv-credentials.ts'
import type { KvWritten } from './kv-engine.ts'
import { parseVersion } from './kv-version.ts'
import { liveVersion, requireCurrent, writeIf } from './store-credential.ts'

/** How often a delete looks for the current version anew when writers are faster. */
const maxAttempts = 16

/** Makes a credential gone: with all its versions, or until it is recovered when the storage deletes softly. */
export const deleteCredential = async (
  store: KvCredentials,
  call: CredentialCall,
  ifVersion: Version | undefined,
): Promise<{ readonly deleted: boolean }> => {
  if (ifVersion === undefined) return store.softDelete ? deleteSoftly(store, call) : removeAll(store, call)
  try {
    const { number } = await requireCurrent(store, call, ifVersion)
    if (store.softDelete) await hide(store, call, number)
    else await removeAfter(store, call, await writeTombstone(store, call, number))
    return { deleted: true }
  } catch (error) {
    // The answer of an earlier attempt of the same call may have been lost between its requests.
    if (HoldfastError.is(error, 'CONFLICT')) await finishDelete(store, call, ifVersion)
    throw error
  }
}

const removeAll = async (store: KvCredentials, call: CredentialCall): Promise<{ readonly deleted: boolean }> => {
  // What others have deleted softly is not there for us, and stays theirs to undelete.
  if (liveVersion(await store.engine.readMetadata(call, call.id)) === undefined) return { deleted: false }
  await store.engine.remove(call, call.id)
  return { deleted: true }
}

/**
 * Vault removes a secret only without a condition. So the decision has fallen with the version that says "deleted" and was
 * written over exactly the one that was named; whoever would write over that one is refused since. Now the secret goes.
 */
const removeAfter = async (store: KvCredentials, call: CredentialCall, tombstone: Tombstone): Promise<void> => {
  const isLate = store.clock.monotonicNow() - tombstone.sentAtMs > deletionPatienceMs / 2
  // One who waits to create it anew may have lost patience, and written: then nothing is left to remove.
  if (isLate && (await store.engine.readMetadata(call, call.id))?.current?.number !== tombstone.number) return
  await store.engine.remove(call, call.id)
}

/** Hides what is there, whatever it is, behind a version that says "deleted". */
const deleteSoftly = async (store: KvCredentials, call: CredentialCall): Promise<{ readonly deleted: boolean }> => {
  for (let attempt = 1; ; attempt++) {
    const data = await store.engine.readData(call, call.id)
    if (data?.content === undefined) return { deleted: false }
    try {
      if (isTombstone(data.content)) {
        await store.engine.changeVersions(call, 'delete', call.id, [data.number - 1, data.number])
        return { deleted: false }
      }
      await hide(store, call, data.number)
      return { deleted: true }
    } catch (error) {
      // Also what has just been written over it is to be deleted.
      if (!HoldfastError.is(error, 'CONFLICT') || attempt === maxAttempts) throw error
    }
  }
}

/** Hides a version, if it is the current one, and the one that says so; both can be shown again until they are purged. */
const hide = async (store: KvCredentials, call: CredentialCall, number: number): Promise<void> => {
  const tombstone = await writeTombstone(store, call, number)
  await store.engine.changeVersions(call, 'delete', call.id, [number, tombstone.number])
}

/** Does what is left to do of a delete of this version that somebody has begun, once it is plain that nobody goes on with it. */
const finishDelete = async (store: KvCredentials, call: CredentialCall, ifVersion: Version): Promise<void> => {
  const { engine, clock } = store
  const wanted = parseVersion(ifVersion)
  const startedAtMs = clock.monotonicNow()
  for (;;) {
    const metadata = await engine.readMetadata(call, call.id)
    const before = metadata?.versions.find(({ number }) => number === wanted?.number)
    const current = liveVersion(metadata)
    if (before === undefined || before.createdTime !== wanted?.createdTime) return
    if (current?.number !== before.number + 1) return
    const data = await engine.readData(call, call.id, current.number)
    if (data?.content === undefined || !isTombstone(data.content)) return
    if (store.softDelete) return engine.changeVersions(call, 'delete', call.id, [current.number - 1, current.number])
    if (clock.monotonicNow() - startedAtMs >= deletionPatienceMs) return engine.remove(call, call.id)
    await waitForDeletion(store, call)
  }
}

/** A version that says "deleted". */
interface Tombstone extends KvWritten {
  /** On the monotonic clock. */
  readonly sentAtMs: number
}

const writeTombstone = async (store: KvCredentials, call: CredentialCall, over: number): Promise<Tombstone> => {
  const sentAtMs = store.clock.monotonicNow()
  const written = await writeIf(store, call, tombstoneJson(toTimestamp(store.clock.wallNow())), over)
  return { ...written, sentAtMs }
}
