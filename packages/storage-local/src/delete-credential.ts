import type { CredentialStorage, Recoverable, StoredVersion } from '@holdfast/contracts/credentials'
import { commitVersion, type Write } from './commit-version.ts'
import { readPrevious, requireReadable, scanVersions, versionPath } from './credential-folder.ts'
import { errnoOf, notFound, versionMismatch } from './errors.ts'
import { encodeFolderName } from './folder-name.ts'
import { fenceIntents } from './pending-intents.ts'
import { removeQuarantined } from './quarantine.ts'
import { isReadable } from './record-file.ts'
import type { StoreFolder } from './store-folder.ts'

/** Writes the mark that the credential is deleted; a damaged one can be deleted too, unless a version is asked for. */
export const deleteCredential = async (
  store: StoreFolder,
  write: Write,
  ifVersion: string | undefined,
): ReturnType<CredentialStorage['delete']> => {
  const { id, operation } = write
  const folder = encodeFolderName(id)
  const committed = await commitVersion(store, write, {
    readsHead: true,
    decide: async (head) => {
      const isGone = head === undefined || head.file.state === 'deleted' || head.file.state === 'purged'
      if (ifVersion !== undefined) {
        const file = head === undefined ? undefined : await requireReadable(store, folder, head, id, operation)
        if (isGone || file?.version !== ifVersion) {
          throw versionMismatch(id, operation, isGone ? 'it does not exist' : 'it has another version now', retryHint)
        }
      }
      return isGone ? undefined : { state: 'deleted' }
    },
  })
  return { deleted: committed !== undefined }
}

const retryHint = 'Retrieve it again and decide anew.'

/** Writes the record before the delete as the newest version. When that one is damaged it is DATA_LOSS: an older value is not what was deleted. */
export const recoverCredential = async (store: StoreFolder, write: Write): Promise<StoredVersion> => {
  const { id, operation } = write
  const folder = encodeFolderName(id)
  const committed = await commitVersion(store, write, {
    readsHead: true,
    decide: async (head) => {
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
      const previous = state === 'purged' ? undefined : await readPrevious(store, folder, head.number, id)
      const file = previous === undefined ? undefined : await requireReadable(store, folder, previous, id, operation)
      if (file?.state !== 'stored') throw notFound(id, operation)
      return { state: 'stored', record: file.record }
    },
  })
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
  const committed = await commitVersion(store, write, {
    readsHead: true,
    decide: (head) => {
      if (head === undefined || head.file.state === 'purged') return undefined
      if (isReadable(head.file) && head.file.state === 'deleted') return { state: 'purged' }
      throw versionMismatch(id, operation, 'it is not deleted', 'Delete it first.')
    },
  })
  const head = committed?.number ?? (await scanVersions(store, folder))[0] ?? 0
  await removeBelow(store, folder, head)
  return { purged: committed !== undefined }
}

/** Removes every version below the mark; also finishes a purge that was interrupted. */
const removeBelow = async (store: StoreFolder, folder: string, mark: number): Promise<void> => {
  await removeQuarantined(store, folder)
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
