import { toTimestamp } from '@holdfast/contracts'
import type { StoredVersion } from '@holdfast/contracts/credentials'
import { notDeleted, notFound } from './credential-errors.ts'
import { type CredentialCall, isTombstone, type KvCredentials } from './kv-credentials.ts'
import type { KvVersionState } from './kv-engine.ts'
import { versionText } from './kv-version.ts'
import { writeIf } from './store-credential.ts'

/** Puts the state before the delete back as a new version, also when another tool has deleted it. */
export const recoverCredential = async (store: KvCredentials, call: CredentialCall): Promise<StoredVersion> => {
  const { engine } = store
  const deleted = await findDeleted(store, call)
  if (deleted === undefined) throw notFound(call.id, call.operation)
  const { number } = deleted
  let content = await showAgain(store, call, number)
  const isOurs = content !== undefined && isTombstone(content)
  if (isOurs) content = await showAgain(store, call, number - 1)
  try {
    if (content === undefined || isTombstone(content)) throw notFound(call.id, call.operation)
    const written = await writeIf(store, call, JSON.stringify(content), number)
    return { version: versionText(written), createdAt: toTimestamp(Date.parse(written.createdTime)) }
  } finally {
    // What says "deleted" is no state of the credential, whether it was recovered or not.
    if (isOurs) await engine.changeVersions(call, 'delete', call.id, [number])
  }
}

/** Removes a deleted credential with all its versions for good. */
export const purgeCredential = async (
  store: KvCredentials,
  call: CredentialCall,
): Promise<{ readonly purged: boolean }> => {
  if ((await findDeleted(store, call)) === undefined) return { purged: false }
  await store.engine.remove(call, call.id)
  return { purged: true }
}

/** The version that hides a deleted credential; undefined when there is nothing to recover. What exists is CONFLICT. */
const findDeleted = async (store: KvCredentials, call: CredentialCall): Promise<KvVersionState | undefined> => {
  const current = (await store.engine.readMetadata(call, call.id))?.current
  if (current?.isLive === true) {
    const data = await store.engine.readData(call, call.id)
    // Whoever deleted it may have come no further than its first request.
    if (data?.content === undefined || !isTombstone(data.content)) throw notDeleted(call.id, call.operation)
  }
  return current?.isDestroyed === true ? undefined : current
}

/** What is in a version that was hidden; undefined when it is no longer kept. */
const showAgain = async ({ engine }: KvCredentials, call: CredentialCall, number: number) => {
  if (number < 1) return undefined
  await engine.changeVersions(call, 'undelete', call.id, [number])
  return (await engine.readData(call, call.id, number))?.content
}
