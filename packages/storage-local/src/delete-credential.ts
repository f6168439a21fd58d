import type { CredentialStorage, Recoverable, StoredVersion } from '@holdfast/contracts/credentials'
import { type Commit, commitVersion } from './commit-version.ts'
import { readPreviousRecord, requireReadable, scanVersions, versionPath } from './credential-folder.ts'
import { errnoOf, notFound, versionMismatch } from './errors.ts'
import { encodeFolderName } from './folder-name.ts'
import { fenceIntents } from './pending-intents.ts'
import { isReadable } from './record-file.ts'
import type { StoreFolder } from './store-folder.ts'

type Write = Pick<Commit, 'id' | 'operation' | 'signal' | 'isSent'>

/** Writes the mark that the credential is deleted; a damaged one can be deleted too, unless a version is asked for. */
export const deleteCredential = async (
  store: StoreFolder,
  write: Write,
  ifVersion: string | undefined,
): ReturnType<CredentialStorage['delete']> => {
  const { id, operation } = write
  const folder = encodeFolderName(id)
  // The same object goes on, because `isSent` is read by whoever started the write.
  const commit: Commit = Object.assign(write, {
    readsHead: true,
    decide: async (head: Parameters<Commit['decide']>[0]) => {
      const isGone = head === undefined || head.file.state === 'deleted' || head.file.state === 'purged'
      if (ifVersion !== undefined) {
        const file = head === undefined ? undefined : await requireReadable(store, folder, head, id, operation)
        if (isGone || file?.version !== ifVersion) {
          throw versionMismatch(id, operation, isGone ? 'it does not exist' : 'it has another version now', retryHint)
        }
      }
      return isGone ? undefined : { state: 'deleted' as const }
    },
  })
  return { deleted: (await commitVersion(store, commit)) !== undefined }
}

const retryHint = 'Retrieve it again and decide anew.'

/** Writes the record before the delete as the newest version. */
export const recoverCredential = async (store: StoreFolder, write: Write): Promise<StoredVersion> => {
  const { id, operation } = write
  const folder = encodeFolderName(id)
  const commit: Commit = Object.assign(write, {
    readsHead: true,
    decide: async (head: Parameters<Commit['decide']>[0]) => {
      if (head === undefined) throw notFound(id, operation)
      const { state } = await requireReadable(store, folder, head, id, operation)
      if (state === 'stored') {
        throw versionMismatch(
          id,
          operation,
          'it exists',
          'Delete it first, or use history() and store an earlier version.',
        )
      }
      const previous = state === 'purged' ? undefined : await readPreviousRecord(store, folder, head.number, id)
      if (previous === undefined) throw notFound(id, operation)
      return { state: 'stored' as const, record: previous.record }
    },
  })
  const committed = await commitVersion(store, commit)
  // `decide` never leaves it as it is.
  if (committed === undefined) throw notFound(id, operation)
  return { version: committed.version, createdAt: committed.storedAt }
}

/**
 * Removes every version of a deleted credential for good. A mark without any value stays under the id, so that numbers of
 * versions never begin again and no writer that looked before can write below a new one.
 */
export const purgeCredential = async (store: StoreFolder, write: Write): ReturnType<Recoverable['purge']> => {
  const { id, operation } = write
  const folder = encodeFolderName(id)
  const commit: Commit = Object.assign(write, {
    readsHead: true,
    decide: (head: Parameters<Commit['decide']>[0]) => {
      if (head === undefined || head.file.state === 'purged') return undefined
      if (isReadable(head.file) && head.file.state === 'deleted') return { state: 'purged' as const }
      throw versionMismatch(id, operation, 'it is not deleted', 'Delete it first.')
    },
  })
  const committed = await commitVersion(store, commit)
  const head = committed?.number ?? (await scanVersions(store, folder))[0] ?? 0
  await removeBelow(store, folder, head)
  return { purged: committed !== undefined }
}

/** Removes every version below the mark; also finishes a purge that was interrupted. */
const removeBelow = async (store: StoreFolder, folder: string, mark: number): Promise<void> => {
  const below = (await scanVersions(store, folder)).filter((number) => number < mark)
  if (below.length === 0) return
  // Every intent from before the mark must fail, or its writer could take the place of a version that is removed here.
  await fenceIntents(store, folder)
  for (const number of below.reverse()) await removeVersion(store, folder, number)
  await store.fileSystem.syncDirectory(`${store.directory}/${folder}`)
}

const removeVersion = async (store: StoreFolder, folder: string, number: number): Promise<void> => {
  try {
    await store.fileSystem.unlink(versionPath(store, folder, number))
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error
  }
}
