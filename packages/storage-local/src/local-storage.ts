import { resolve } from 'node:path'
import {
  abortable,
  type CallOptions,
  createCloser,
  HoldfastError,
  parseOptions,
  silentLogger,
  systemClock,
  throwIfAborted,
} from '@holdfast/contracts'
import {
  assertCredentialId,
  type CredentialStorage,
  type Recoverable,
  unsupported,
  type Versioned,
  type Watchable,
} from '@holdfast/contracts/credentials'
import { createNodeFileSystem } from '@holdfast/contracts/files'
import { checkHealth } from './check-health.ts'
import type { Write } from './commit-version.ts'
import { defaultDirectoryFromEnvironment } from './default-directory.ts'
import { deleteCredential, purgeCredential, recoverCredential } from './delete-credential.ts'
import { source, toHoldfastError } from './errors.ts'
import { createKeyedQueue } from './keyed-queue.ts'
import { listCredentials, listDeletedCredentials } from './list-credentials.ts'
import { openDirectory } from './open-directory.ts'
import { type LocalStorageOptions, localStorageOptionsSchema } from './options.ts'
import { nodePlatform } from './platform.ts'
import { listQuarantined, type QuarantinedFile, type RepairReport, repairCredential } from './quarantine.ts'
import { credentialExists, listVersions, retrieveCredential } from './retrieve-credential.ts'
import { assertRecord, localStorageLimits, storeCredential } from './store-credential.ts'
import type { StoreFolder } from './store-folder.ts'
import { watchChanges } from './watch-changes.ts'

/** Credentials in files of this machine. */
export interface LocalStorage extends CredentialStorage, Versioned, Recoverable, Watchable {
  /** Absolute path of the store folder. */
  readonly directory: string
  /**
   * Moves the damaged files of a credential aside and makes the newest earlier version that can be read the current one.
   * Nothing else ever does that: `retrieve` of a damaged credential is an error that names that version.
   * Errors: NOT_FOUND, and those of `store`.
   */
  repair(id: string, options?: CallOptions): Promise<RepairReport>
  /** Yields the damaged files that `repair` moved aside. They stay until the credential is purged or somebody removes them. */
  quarantined(): AsyncIterable<QuarantinedFile>
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
    return createStorage(await openDirectory(opening, parsed.createDirectory), parsed.rescanIntervalMs)
  } catch (error) {
    throw toHoldfastError(error, 'createLocalStorage')
  }
}

const createStorage = (store: StoreFolder, rescanIntervalMs: number): LocalStorage => {
  const name = `storage-local (${store.directory})`
  const closer = createCloser({ source, clock: store.clock })
  const queue = createKeyedQueue()

  const read = <T>(operation: string, id: string, signal: AbortSignal | undefined, work: () => Promise<T>) => {
    const site = { source, operation }
    // The caller may leave at once; close waits for the work itself.
    const done = closer.run(operation, () => {
      throwIfAborted(signal, site)
      assertCredentialId(id, source, operation)
      return translated(work, operation, id)
    })
    return abortable(done, signal, site)
  }

  /** Whatever is wrong with the call is told by the first `next()`, as it is for storages on a network. */
  const stream = async function* <T>(
    operation: string,
    signal: AbortSignal | undefined,
    work: () => AsyncIterable<T>,
  ): AsyncGenerator<T> {
    const check = (): void => {
      closer.throwIfClosed(operation)
      throwIfAborted(signal, { source, operation })
    }
    check()
    for await (const item of work()) {
      check()
      yield item
    }
  }

  /** Writes wait for one another by id; an abort that comes when the write can no longer be stopped says so. */
  const write = async <T>(
    request: Pick<Write, 'id' | 'operation' | 'signal'>,
    check: () => void,
    work: (call: Write) => Promise<T>,
  ): Promise<T> => {
    const { id, operation, signal } = request
    const site = { source, operation }
    const call: Write = { ...request, isSent: false }
    const done = closer.run(operation, async () => {
      throwIfAborted(signal, site)
      assertCredentialId(id, source, operation)
      check()
      return queue(id, () => work(call))
    })
    try {
      return await abortable(done, signal, site)
    } catch (error) {
      throw call.isSent ? withUnknownOutcome(error, call) : toHoldfastError(error, operation, { id })
    }
  }

  const storage: LocalStorage = {
    name,
    directory: store.directory,
    capabilities: {
      compareAndSet: store.canLink,
      versions: true,
      recover: true,
      watch: true,
      limits: localStorageLimits,
    },
    store(id, record, { ifVersion, signal } = {}) {
      // Copied before the first wait: what the caller does to its own buffer afterwards changes nothing.
      const copy = { metadata: structuredClone(record.metadata), value: new Uint8Array(record.value) }
      return write(
        { operation: 'store', id, signal },
        () => {
          requireCompareAndSet(store, name, 'store', ifVersion)
          assertRecord(id, copy)
        },
        (call) => storeCredential(store, call, copy, ifVersion),
      )
    },
    retrieve: (id, { version, signal } = {}) =>
      read('retrieve', id, signal, () => retrieveCredential(store, id, version)),
    exists: (id, { signal } = {}) => read('exists', id, signal, () => credentialExists(store, id)),
    delete: (id, { ifVersion, signal } = {}) =>
      write(
        { operation: 'delete', id, signal },
        () => requireCompareAndSet(store, name, 'delete', ifVersion),
        (call) => deleteCredential(store, call, ifVersion),
      ),
    list(listOptions = {}) {
      return stream('list', listOptions.signal, () => listCredentials(store, listOptions))
    },
    history: (id, { signal } = {}) => read('history', id, signal, () => listVersions(store, id)),
    recover: (id, { signal } = {}) =>
      write({ operation: 'recover', id, signal }, nothing, (call) => recoverCredential(store, call)),
    purge: (id, { signal } = {}) =>
      write({ operation: 'purge', id, signal }, nothing, (call) => purgeCredential(store, call)),
    repair: (id, { signal } = {}) =>
      write({ operation: 'repair', id, signal }, nothing, (call) => repairCredential(store, call)),
    quarantined() {
      return stream('quarantined', undefined, () => listQuarantined(store))
    },
    watch(watchOptions = {}) {
      const signals = watchOptions.signal === undefined ? [closer.closing] : [closer.closing, watchOptions.signal]
      const begin = (): void => closer.throwIfClosed('watch')
      return watchChanges(store, watchOptions, { rescanIntervalMs, signal: AbortSignal.any(signals), begin })
    },
    listDeleted({ signal } = {}) {
      return stream('listDeleted', signal, () => listDeletedCredentials(store, signal))
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

/** The write may have happened: the error says so, in `details.outcome`. */
const withUnknownOutcome = (error: unknown, { id, operation }: Write): HoldfastError => {
  if (!HoldfastError.is(error)) return toHoldfastError(error, operation, { id, outcome: 'unknown' })
  // After the link only an abort makes one of our own errors.
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
