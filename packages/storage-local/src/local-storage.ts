import { resolve } from 'node:path'
import {
  abortable,
  cancellationError,
  createCloser,
  HoldfastError,
  parseOptions,
  silentLogger,
  systemClock,
  throwIfAborted,
} from '@holdfast/contracts'
import {
  assertCredentialId,
  type CredentialRecord,
  type CredentialStorage,
  maxCredentialIdBytes,
  type Recoverable,
  type StoredCredential,
  type StoredVersion,
  type StoreOptions,
  unsupported,
  type Versioned,
} from '@holdfast/contracts/credentials'
import { createNodeFileSystem } from '@holdfast/contracts/files'
import { checkHealth } from './check-health.ts'
import { type Commit, commitVersion, type Proposal } from './commit-version.ts'
import { readHead, readVersion, requireReadable, scanVersions } from './credential-folder.ts'
import { defaultDirectoryFromEnvironment } from './default-directory.ts'
import { deleteCredential, purgeCredential, recoverCredential } from './delete-credential.ts'
import { notFound, source, toHoldfastError, versionMismatch, versionUnknown } from './errors.ts'
import { encodeFolderName } from './folder-name.ts'
import { createKeyedQueue } from './keyed-queue.ts'
import { listCredentials, listDeletedCredentials } from './list-credentials.ts'
import { openDirectory } from './open-directory.ts'
import { type LocalStorageOptions, localStorageOptionsSchema } from './options.ts'
import { nodePlatform } from './platform.ts'
import { isReadable } from './record-file.ts'
import type { StoreFolder } from './store-folder.ts'
import { versionNumber } from './version-name.ts'

/** What one credential may be. The number of tags and the size of a value are bounds of reason: a record is held in memory whole. */
export const localStorageLimits = {
  maxValueBytes: 16 * 1024 * 1024,
  maxTags: 1000,
  maxIdLength: maxCredentialIdBytes,
} as const

/** Credentials in files of this machine. */
export interface LocalStorage extends CredentialStorage, Versioned, Recoverable {
  /** Absolute path of the store folder. */
  readonly directory: string
}

/**
 * Opens a store in a folder of this machine that any number of processes may use at once. Creates, checks and sweeps the
 * folder first. Errors: INVALID_ARGUMENT (options), NOT_FOUND (no such folder, and `createDirectory` is false),
 * PERMISSION_DENIED (with FOLDER_EXPOSED when other accounts can read it), and those of the operating system.
 */
export const createLocalStorage = async (options: LocalStorageOptions = {}): Promise<LocalStorage> => {
  const parsed = parseOptions(localStorageOptionsSchema, options, source, 'createLocalStorage')
  const { clock = systemClock, logger = silentLogger } = parsed
  const opening = {
    directory: resolve(parsed.directory ?? defaultDirectoryFromEnvironment()),
    fileExtension: parsed.fileExtension,
    keepVersions: parsed.keepVersions,
    fileSystem: parsed.fileSystem ?? createNodeFileSystem(),
    platform: parsed.platform ?? nodePlatform,
    clock,
    logger,
  }
  try {
    return createStorage(await openDirectory(opening, parsed.createDirectory))
  } catch (error) {
    throw toHoldfastError(error, 'createLocalStorage')
  }
}

const createStorage = (store: StoreFolder): LocalStorage => {
  const name = `storage-local (${store.directory})`
  const closer = createCloser({ source, clock: store.clock })
  const queue = createKeyedQueue()

  const read = <T>(operation: string, id: string, signal: AbortSignal | undefined, work: () => Promise<T>) => {
    const site = { source, operation }
    return closer.run(operation, () => {
      throwIfAborted(signal, site)
      assertCredentialId(id, source, operation)
      return abortable(translated(work, operation, id), signal, site)
    })
  }

  /** Writes wait for one another by id; an abort that comes when the write can no longer be stopped says so. */
  const write = <T>(
    operation: string,
    id: string,
    signal: AbortSignal | undefined,
    check: () => void,
    work: (write: Pick<Commit, 'id' | 'operation' | 'signal' | 'isSent'>) => Promise<T>,
  ): Promise<T> => {
    const site = { source, operation }
    const state = { id, operation, signal, isSent: false }
    return closer.run(operation, async () => {
      throwIfAborted(signal, site)
      assertCredentialId(id, source, operation)
      check()
      try {
        return await abortable(
          queue(id, () => work(state)),
          signal,
          site,
        )
      } catch (error) {
        if (!state.isSent) throw toHoldfastError(error, operation, { id })
        const wasAborted = signal?.aborted === true && HoldfastError.is(error, cancellationError(signal, site).code)
        if (HoldfastError.is(error) && !wasAborted) throw error
        throw withUnknownOutcome(error, operation, id)
      }
    })
  }

  const storage: LocalStorage = {
    name,
    directory: store.directory,
    capabilities: {
      compareAndSet: store.canLink,
      versions: true,
      recover: true,
      watch: false,
      limits: localStorageLimits,
    },
    store: (id, record, { ifVersion, signal } = {}) =>
      write(
        'store',
        id,
        signal,
        () => {
          requireCompareAndSet(store, name, 'store', ifVersion)
          checkRecord(id, record)
        },
        (state) => storeRecord(store, Object.assign(state, storeDecision(store, id, record, ifVersion))),
      ),
    retrieve: (id, { version, signal } = {}) => read('retrieve', id, signal, () => retrieveRecord(store, id, version)),
    exists: (id, { signal } = {}) =>
      read('exists', id, signal, async () => {
        const folder = encodeFolderName(id)
        const head = await readHead(store, folder, id)
        if (head === undefined) return false
        return (await requireReadable(store, folder, head, id, 'exists')).state === 'stored'
      }),
    delete: (id, { ifVersion, signal } = {}) =>
      write(
        'delete',
        id,
        signal,
        () => requireCompareAndSet(store, name, 'delete', ifVersion),
        (state) => deleteCredential(store, state, ifVersion),
      ),
    list(listOptions = {}) {
      closer.throwIfClosed('list')
      return listCredentials(store, listOptions)
    },
    history: (id, { signal } = {}) => read('history', id, signal, () => listVersions(store, id)),
    recover: (id, { signal } = {}) => write('recover', id, signal, nothing, (state) => recoverCredential(store, state)),
    purge: (id, { signal } = {}) => write('purge', id, signal, nothing, (state) => purgeCredential(store, state)),
    listDeleted({ signal } = {}) {
      closer.throwIfClosed('listDeleted')
      return listDeletedCredentials(store, signal)
    },
    health: ({ signal } = {}) =>
      closer.run('health', () => abortable(checkHealth(store), signal, { source, operation: 'health' })),
    close: (closeOptions) => closer.close(closeOptions),
    [Symbol.asyncDispose]: () => closer.close(),
  }
  return storage
}

const nothing = (): void => {}

const translated = async <T>(work: () => Promise<T>, operation: string, id: string): Promise<T> => {
  try {
    return await work()
  } catch (error) {
    throw toHoldfastError(error, operation, { id })
  }
}

/** The write may have happened: the same error, with `details.outcome` saying so. */
const withUnknownOutcome = (error: unknown, operation: string, id: string): HoldfastError => {
  if (!HoldfastError.is(error)) return toHoldfastError(error, operation, { id, outcome: 'unknown' })
  return new HoldfastError({
    code: error.code,
    ...(error.reason === undefined ? {} : { reason: error.reason }),
    source,
    operation,
    message: `${operation} of ${JSON.stringify(id)} was cancelled when it could no longer be stopped.`,
    hint: 'It may have happened: read the credential to find out.',
    details: { id, outcome: 'unknown' },
  })
}

const requireCompareAndSet = (store: StoreFolder, name: string, operation: string, ifVersion: unknown): void => {
  if (ifVersion !== undefined && !store.canLink) throw unsupported(name, 'compareAndSet', source, operation)
}

const checkRecord = (id: string, { metadata, value }: CredentialRecord): void => {
  const refuse = (problem: string, hint: string, reason: 'ID_INVALID' | 'LIMIT_EXCEEDED'): HoldfastError =>
    new HoldfastError({
      code: 'INVALID_ARGUMENT',
      reason,
      source,
      operation: 'store',
      message: `The record for ${JSON.stringify(id)} ${problem}.`,
      hint,
      details: { id },
    })
  const { maxValueBytes, maxTags } = localStorageLimits
  if (metadata.id !== id) throw refuse('has the id of another one', 'Store it under metadata.id.', 'ID_INVALID')
  if (value.length > maxValueBytes) {
    throw refuse(
      `has ${value.length} bytes and ${maxValueBytes} are allowed`,
      'Keep large data elsewhere and store its key here.',
      'LIMIT_EXCEEDED',
    )
  }
  const tagCount = Object.keys(metadata.tags).length
  if (tagCount > maxTags) {
    throw refuse(`has ${tagCount} tags and ${maxTags} are allowed`, 'Use fewer tags.', 'LIMIT_EXCEEDED')
  }
}

/** What `store` decides when it sees the head; without `ifVersion` it does not look. */
const storeDecision = (
  store: StoreFolder,
  id: string,
  record: CredentialRecord,
  ifVersion: StoreOptions['ifVersion'],
): Pick<Commit, 'readsHead' | 'decide'> => {
  const proposal: Proposal = { state: 'stored', record }
  if (ifVersion === undefined) return { decide: () => proposal }
  const folder = encodeFolderName(id)
  return {
    readsHead: true,
    async decide(head) {
      const exists = head !== undefined && head.file.state !== 'deleted' && head.file.state !== 'purged'
      if (ifVersion === null) {
        if (!exists) return proposal
        throw versionMismatch(
          id,
          'store',
          'it exists already',
          'Store it with the version that is there, or without ifVersion.',
        )
      }
      const hint = 'Retrieve it again, apply the change to what is there now, and store that.'
      if (!exists) throw versionMismatch(id, 'store', 'it does not exist', hint)
      if (head.number !== versionNumber(ifVersion))
        throw versionMismatch(id, 'store', 'it has another version now', hint)
      const { version } = await requireReadable(store, folder, head, id, 'store')
      if (version !== ifVersion) throw versionMismatch(id, 'store', 'it has another version now', hint)
      return proposal
    },
  }
}

const storeRecord = async (store: StoreFolder, commit: Commit): Promise<StoredVersion> => {
  const committed = await commitVersion(store, commit)
  // A decision to store never leaves things as they are.
  if (committed === undefined) throw notFound(commit.id, commit.operation)
  return { version: committed.version, createdAt: committed.storedAt }
}

const retrieveRecord = async (
  store: StoreFolder,
  id: string,
  version: string | undefined,
): Promise<StoredCredential> => {
  const folder = encodeFolderName(id)
  const head = await readHead(store, folder, id)
  if (head === undefined) throw await missing(store, id)
  if (version !== undefined) return retrieveVersion(store, folder, id, version, head.file.state)
  const file = await requireReadable(store, folder, head, id, 'retrieve')
  if (file.state !== 'stored') throw notFound(id, 'retrieve')
  return { version: file.version, metadata: file.record.metadata, value: file.record.value }
}

const retrieveVersion = async (
  store: StoreFolder,
  folder: string,
  id: string,
  version: string,
  headState: string,
): Promise<StoredCredential> => {
  if (headState === 'deleted' || headState === 'purged') throw notFound(id, 'retrieve')
  const number = versionNumber(version)
  const file = number === undefined ? undefined : await readVersion(store, folder, number, id)
  if (number === undefined || file === undefined) throw versionUnknown(id, version, 'retrieve')
  const readable = await requireReadable(store, folder, { number, file }, id, 'retrieve')
  if (readable.state !== 'stored' || readable.version !== version) throw versionUnknown(id, version, 'retrieve')
  return { version, metadata: readable.record.metadata, value: readable.record.value }
}

/** Not found, unless it is the store itself that is missing. */
const missing = async (store: StoreFolder, id: string): Promise<HoldfastError> => {
  await store.fileSystem.inspect(store.directory)
  return notFound(id, 'retrieve')
}

const listVersions = async (store: StoreFolder, id: string): ReturnType<Versioned['history']> => {
  const folder = encodeFolderName(id)
  const numbers = await scanVersions(store, folder)
  const files = await Promise.all(numbers.map((number) => readVersion(store, folder, number, id)))
  const [newest] = files
  if (newest === undefined || newest.state === 'deleted' || newest.state === 'purged') throw notFound(id, 'history')
  return files.flatMap((file, index) =>
    file !== undefined && isReadable(file) && file.state === 'stored'
      ? [{ version: file.version, createdAt: file.storedAt, isCurrent: index === 0 }]
      : [],
  )
}
