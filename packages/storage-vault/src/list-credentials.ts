import {
  type CredentialSummary,
  createListFilter,
  type DeletedCredential,
  decodeCredentialDocument,
  type ListOptions,
  type Poll,
  type PolledCredential,
} from '@holdfast/contracts/credentials'
import { isTombstone, type KvCredentials } from './kv-credentials.ts'
import type { KvCall, KvFolder } from './kv-engine.ts'
import { decodeKvPath, encodeKvPath } from './kv-path.ts'
import { versionText } from './kv-version.ts'
import { liveVersion } from './store-credential.ts'
import { type WalkStep, walkConcurrently } from './walk-concurrently.ts'

/** Requests of one listing at the same time: enough to hide the way there and back, few enough for a server with others to serve. */
const requestsAtOnce = 16

/**
 * Yields what exists. Ids alone are read from metadata, which no audit counts as reading a secret; everything else is in
 * the secrets themselves.
 */
export const listCredentials = async function* (
  store: KvCredentials,
  call: KvCall,
  options: ListOptions,
): AsyncGenerator<CredentialSummary> {
  const { prefix = '', scope, tags, include = 'metadata' } = options
  const matches = createListFilter(options)
  const needsMetadata = include === 'metadata' || scope !== undefined || tags !== undefined
  const read = needsMetadata ? readSummary : readId
  for await (const summary of walk(store, call, prefix, (id) => read(store, call, id))) {
    if (matches(summary)) yield include === 'id' ? { id: summary.id } : summary
  }
}

/** Yields what is deleted and can be recovered. */
export const listDeletedCredentials = (store: KvCredentials, call: KvCall): AsyncGenerator<DeletedCredential> =>
  walk(store, call, '', async (id) => {
    const current = (await store.engine.readMetadata(call, id))?.current
    const isDeleted = current?.deletionTime !== undefined && !current.isLive && !current.isDestroyed
    return isDeleted ? { id, deletedAt: current.deletionTime } : undefined
  })

/** What is there now, for a watch. */
export const pollCredentials = async (store: KvCredentials, call: KvCall, prefix: string): Promise<Poll> => {
  const folder = folderOf(prefix)
  if (folder === undefined) return { credentials: [] }
  const first = await store.engine.listFolder(call, folder)
  const read = async (id: string): Promise<PolledCredential | undefined> => {
    const current = liveVersion(await store.engine.readMetadata(call, id))
    if (current === undefined) return undefined
    return { id, version: versionText(current), storedAtMs: Date.parse(current.createdTime) }
  }
  const credentials = walkConcurrently(stepsIn(store, call, folder, first, prefix, read), requestsAtOnce)
  return { backendNowMs: first.serverNowMs, credentials }
}

/** Reads every id that begins with the prefix. */
const walk = <T>(
  store: KvCredentials,
  call: KvCall,
  prefix: string,
  read: (id: string) => Promise<T | undefined>,
): AsyncGenerator<T> => {
  const folder = folderOf(prefix)
  const first = folder === undefined ? [] : [folderStep(store, call, folder, prefix, read)]
  return walkConcurrently(first, requestsAtOnce)
}

const folderStep =
  <T>(
    store: KvCredentials,
    call: KvCall,
    folder: string,
    prefix: string,
    read: (id: string) => Promise<T | undefined>,
  ): WalkStep<T> =>
  async () => ({ steps: stepsIn(store, call, folder, await store.engine.listFolder(call, folder), prefix, read) })

/** What is to be read for the keys of a folder: folders end with `/`; a secret and a folder may have the same name. */
const stepsIn = <T>(
  store: KvCredentials,
  call: KvCall,
  folder: string,
  { keys }: KvFolder,
  prefix: string,
  read: (id: string) => Promise<T | undefined>,
): readonly WalkStep<T>[] =>
  keys.flatMap((key): readonly WalkStep<T>[] => {
    const path = folder + key
    const isFolder = key.endsWith('/')
    const name = decodeKvPath(isFolder ? path.slice(0, -1) : path)
    // Somebody else's: no id has this path.
    if (name === undefined) return []
    if (isFolder) return canHold(`${name}/`, prefix) ? [folderStep(store, call, path, prefix, read)] : []
    if (!name.startsWith(prefix)) return []
    return [
      async () => {
        const item = await read(name)
        return item === undefined ? {} : { items: [item] }
      },
    ]
  })

/** Whether ids below this folder can begin with the prefix. */
const canHold = (folder: string, prefix: string): boolean => folder.startsWith(prefix) || prefix.startsWith(folder)

/** The folder that holds every id with the prefix, as a path; undefined for a prefix that no id can have. */
const folderOf = (prefix: string): string | undefined => {
  const segments = prefix.split('/').slice(0, -1)
  if (segments.includes('')) return undefined
  return segments.map((segment) => `${encodeKvPath(segment)}/`).join('')
}

const readId = async (store: KvCredentials, call: KvCall, id: string): Promise<CredentialSummary | undefined> =>
  liveVersion(await store.engine.readMetadata(call, id)) === undefined ? undefined : { id }

const readSummary = async (store: KvCredentials, call: KvCall, id: string): Promise<CredentialSummary | undefined> => {
  const data = await store.engine.readData(call, id)
  if (data?.content === undefined || isTombstone(data.content)) return undefined
  const record = decodeCredentialDocument(data.content, id)
  return 'problem' in record ? { id } : { id, version: versionText(data), metadata: record.metadata }
}
