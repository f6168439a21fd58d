import { matchesPrefix, type ScopeId, throwIfAborted } from '@holdfast/contracts'
import type { CredentialSummary, DeletedCredential, ListOptions } from '@holdfast/contracts/credentials'
import { type Head, readHead, readVersion, scanVersions, versionPath } from './credential-folder.ts'
import { source, toHoldfastError } from './errors.ts'
import { decodeFolderName, isFolderName } from './folder-name.ts'
import { isReadable } from './record-file.ts'
import type { StoreFolder } from './store-folder.ts'

/** How many credentials are read at once: as many as keep libuv's pool of four threads busy, few enough for any memory. */
const readsAtOnce = 16

/** Yields what exists, without values. Memory stays the same however large the store is. */
export const listCredentials = async function* (
  store: StoreFolder,
  { prefix = '', scope, tags, include = 'metadata', signal }: ListOptions,
): AsyncGenerator<CredentialSummary> {
  const wantedTags = Object.entries(tags ?? {})
  const isFiltered = scope !== undefined || wantedTags.length > 0
  for await (const { id, head } of readHeads(store, prefix, 'list', signal)) {
    const { file } = head
    if (!isReadable(file)) {
      // Its scope and tags cannot be trusted, so it answers no question about them.
      if (!isFiltered) yield { id }
    } else if (file.state === 'stored') {
      const { metadata } = file.record
      if (scope !== undefined && !isInScope(metadata.scope, scope)) continue
      if (!wantedTags.every(([name, value]) => Object.hasOwn(metadata.tags, name) && metadata.tags[name] === value)) {
        continue
      }
      yield include === 'id' ? { id } : { id, version: file.version, metadata }
    }
  }
}

/** Yields what is deleted and not purged. */
export const listDeletedCredentials = async function* (
  store: StoreFolder,
  signal: AbortSignal | undefined,
): AsyncGenerator<DeletedCredential> {
  for await (const { id, head } of readHeads(store, '', 'listDeleted', signal)) {
    if (isReadable(head.file) && head.file.state === 'deleted') yield { id, deletedAt: head.file.storedAt }
  }
}

const isInScope = (scope: ScopeId | undefined, wanted: string): boolean =>
  // Only compared as text: a wanted scope that is not valid matches nothing.
  scope !== undefined && matchesPrefix(scope, wanted as ScopeId)

interface FoundHead {
  readonly id: string
  readonly head: Head
}

/** The newest version of every credential whose id begins with `prefix`. */
const readHeads = async function* (
  store: StoreFolder,
  prefix: string,
  operation: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<FoundHead> {
  let batch: string[] = []
  try {
    for await (const name of store.fileSystem.streamDirectory(store.directory)) {
      if (!isFolderName(name) || decodeFolderName(name)?.startsWith(prefix) === false) continue
      batch.push(name)
      if (batch.length < readsAtOnce) continue
      yield* await readBatch(store, batch, prefix, operation, signal)
      batch = []
    }
    yield* await readBatch(store, batch, prefix, operation, signal)
  } catch (error) {
    throw toHoldfastError(error, operation)
  }
}

const readBatch = async (
  store: StoreFolder,
  folders: readonly string[],
  prefix: string,
  operation: string,
  signal: AbortSignal | undefined,
): Promise<readonly FoundHead[]> => {
  throwIfAborted(signal, { source, operation })
  const found = await Promise.all(folders.map((folder) => findHead(store, folder)))
  return found.flatMap((item) => (item?.id.startsWith(prefix) === true ? [item] : []))
}

const findHead = async (store: StoreFolder, folder: string): Promise<FoundHead | undefined> => {
  const decoded = decodeFolderName(folder)
  const head = await readHead(store, folder, decoded)
  if (head === undefined) return undefined
  const id = decoded ?? (isReadable(head.file) ? head.file.id : await idFromEarlier(store, folder, head.number))
  if (id !== undefined) return { id, head }
  store.logger.error({ file: versionPath(store, folder, head.number) }, 'a damaged credential whose id is not known')
  return undefined
}

/** Behind a hashed folder name only the files know the id. */
const idFromEarlier = async (store: StoreFolder, folder: string, number: number): Promise<string | undefined> => {
  for (const earlier of await scanVersions(store, folder)) {
    if (earlier >= number) continue
    const file = await readVersion(store, folder, earlier, undefined)
    if (file !== undefined && isReadable(file)) return file.id
  }
  return undefined
}
