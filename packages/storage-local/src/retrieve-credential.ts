import type { StoredCredential, Versioned } from '@holdfast/contracts/credentials'
import { readHead, readVersion, requireReadable, scanVersions } from './credential-folder.ts'
import { notFound, versionUnknown } from './errors.ts'
import { encodeFolderName } from './folder-name.ts'
import { isReadable, type RecordFile, type UnreadableFile } from './record-file.ts'
import type { StoreFolder } from './store-folder.ts'
import { versionNumber } from './version-name.ts'

/** Reads the current version, or an earlier one of a credential that exists. A damaged one is an error, never passed over in silence. */
export const retrieveCredential = async (
  store: StoreFolder,
  id: string,
  version: string | undefined,
): Promise<StoredCredential> => {
  const folder = encodeFolderName(id)
  const head = await readHead(store, folder, id)
  if (head === undefined) {
    // Fails when it is the whole store that is missing.
    await store.fileSystem.inspect(store.directory)
    throw notFound(id, 'retrieve')
  }
  if (version !== undefined) {
    if (isGone(head.file)) throw notFound(id, 'retrieve')
    return retrieveVersion(store, folder, id, version)
  }
  const file = await requireReadable(store, folder, head, id, 'retrieve')
  if (file.state !== 'stored') throw notFound(id, 'retrieve')
  return { version: file.version, metadata: file.record.metadata, value: file.record.value }
}

/** Whether there is a credential to retrieve. */
export const credentialExists = async (store: StoreFolder, id: string): Promise<boolean> => {
  const folder = encodeFolderName(id)
  const head = await readHead(store, folder, id)
  return head !== undefined && (await requireReadable(store, folder, head, id, 'exists')).state === 'stored'
}

/** The versions that can be read, newest first. */
export const listVersions = async (store: StoreFolder, id: string): ReturnType<Versioned['history']> => {
  const folder = encodeFolderName(id)
  const numbers = await scanVersions(store, folder)
  const files = await Promise.all(numbers.map((number) => readVersion(store, folder, number, id)))
  const [newest] = files
  if (newest === undefined || isGone(newest)) throw notFound(id, 'history')
  return files.flatMap((file, index) =>
    file?.state === 'stored' ? [{ version: file.version, createdAt: file.storedAt, isCurrent: index === 0 }] : [],
  )
}

const retrieveVersion = async (
  store: StoreFolder,
  folder: string,
  id: string,
  version: string,
): Promise<StoredCredential> => {
  const number = versionNumber(version)
  const file = number === undefined ? undefined : await readVersion(store, folder, number, id)
  if (number === undefined || file === undefined) throw versionUnknown(id, version, 'retrieve')
  const readable = await requireReadable(store, folder, { number, file }, id, 'retrieve')
  if (readable.state !== 'stored' || readable.version !== version) throw versionUnknown(id, version, 'retrieve')
  return { version, metadata: readable.record.metadata, value: readable.record.value }
}

const isGone = (file: RecordFile | UnreadableFile): boolean =>
  isReadable(file) && (file.state === 'deleted' || file.state === 'purged')
