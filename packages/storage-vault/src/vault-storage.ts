import {
  abortable,
  createCloser,
  HoldfastError,
  parseOptions,
  silentLogger,
  systemClock,
  throwIfAborted,
} from '@holdfast/contracts'
import {
  assertCredentialId,
  assertCredentialRecord,
  type CredentialStorage,
  type CredentialStorageLimits,
  createPollingWatcher,
  type Recoverable,
  unsupported,
  type Versioned,
  type Watchable,
} from '@holdfast/contracts/credentials'
import { checkHealth } from './check-health.ts'
import { maxCustomEntries } from './custom-metadata.ts'
import { deleteCredential } from './delete-credential.ts'
import { source, toHoldfastError } from './errors.ts'
import type { CredentialCall } from './kv-credentials.ts'
import { createKvEngine } from './kv-engine.ts'
import { listCredentials, listDeletedCredentials, pollCredentials } from './list-credentials.ts'
import { type VaultStorageOptions, vaultStorageOptionsSchema } from './options.ts'
import { purgeCredential, recoverCredential } from './recover-credential.ts'
import { credentialExists, listVersions, retrieveCredential } from './retrieve-credential.ts'
import { storeCredential } from './store-credential.ts'
import { createVaultClient } from './vault-client.ts'
import { vaultStorageOptionsFromEnvironment } from './vault-storage-options-from-environment.ts'

/** Credentials in an engine of KV version 2. `recover`, `purge` and `listDeleted` are refused unless `softDelete` is set. */
export interface VaultStorage extends CredentialStorage, Versioned, Recoverable, Watchable {}

/** Kept of an entry for what the server adds to a document, in bytes: times, the number of the version, the path, encryption. */
const entryOverheadBytes = 4096
/** Kept of a document for everything but the value, in bytes: the metadata with the id and the tags. */
const metadataBytes = 32_768

/**
 * Makes a storage in HashiCorp Vault or OpenBao. Nothing is sent before the first call, except for the renewal of the
 * token. Errors: INVALID_ARGUMENT with every problem of the options, also of those from the environment.
 */
export const createVaultStorage = (options: VaultStorageOptions = {}): VaultStorage => {
  const given = { ...vaultStorageOptionsFromEnvironment(), ...options }
  const parsed = parseOptions(vaultStorageOptionsSchema, given, source, 'createVaultStorage')
  const { mount, prefix, softDelete, maxEntryBytes, clock = systemClock, logger = silentLogger } = parsed
  const closer = createCloser({ source, clock, release: () => client.close() })
  const client = createVaultClient(parsed, closer.expired)
  const engine = createKvEngine(client, mount, prefix)
  const maxDocumentBytes = maxEntryBytes - entryOverheadBytes
  const store = { engine, clock, logger, softDelete, maxDocumentBytes }
  const limits: CredentialStorageLimits = Object.freeze({
    // Four characters of base64 hold three bytes.
    maxValueBytes: Math.floor((maxDocumentBytes - metadataBytes) / 4) * 3,
    maxTags: maxCustomEntries,
    maxIdLength: 512,
  })
  const place = [mount, ...(prefix === undefined ? [] : [prefix])].join('/')
  const watcher = createPollingWatcher({
    poll: (watched, signal) => pollCredentials(store, { operation: 'watch', signal }, watched),
    intervalMs: parsed.watchIntervalMs,
    clock,
    logger,
    closing: closer.closing,
    begin: () => closer.throwIfClosed('watch'),
  })

  /** What every call about one credential has in common. */
  const run = async <T>(
    operation: string,
    id: string,
    signal: AbortSignal | undefined,
    work: (call: CredentialCall) => Promise<T>,
    check: () => void = () => {},
  ): Promise<T> => {
    const site = { source, operation }
    closer.throwIfClosed(operation)
    assertCredentialId(id, source, operation)
    check()
    throwIfAborted(signal, site)
    const call: CredentialCall = { operation, id, signal, isSent: false }
    try {
      return await abortable(
        closer.run(operation, () => work(call)),
        signal,
        site,
      )
    } catch (error) {
      const translated = toHoldfastError(error, call)
      throw call.isSent && signal?.aborted === true ? withUnknownOutcome(translated, call) : translated
    }
  }
  const stream = async function* <T>(
    operation: string,
    signal: AbortSignal | undefined,
    open: () => AsyncIterable<T>,
  ): AsyncGenerator<T> {
    const check = (): void => {
      closer.throwIfClosed(operation)
      throwIfAborted(signal, { source, operation })
    }
    check()
    try {
      for await (const item of open()) {
        check()
        yield item
      }
    } catch (error) {
      throw toHoldfastError(error, { operation })
    }
  }
  const needRecover = (operation: string) => (): void => {
    if (!softDelete) throw unsupported(storage.name, 'recover', source, operation)
  }

  const storage: VaultStorage = {
    name: `${source} (${parsed.address} ${parsed.namespace === undefined ? '' : `${parsed.namespace} `}${place})`,
    capabilities: Object.freeze({ compareAndSet: true, versions: true, recover: softDelete, watch: true, limits }),
    async store(id, record, { ifVersion, signal } = {}) {
      // Copied before the first wait: what the caller does to its own buffer afterwards changes nothing.
      const copy = { metadata: structuredClone(record.metadata), value: new Uint8Array(record.value) }
      const written = await run(
        'store',
        id,
        signal,
        (call) => storeCredential(store, call, copy, ifVersion),
        () => assertCredentialRecord(id, copy, limits, source),
      )
      watcher.noticeWrite(id, written.version)
      return written
    },
    retrieve: (id, { version, signal } = {}) =>
      run('retrieve', id, signal, (call) => retrieveCredential(store, call, version)),
    exists: (id, { signal } = {}) => run('exists', id, signal, (call) => credentialExists(store, call)),
    async delete(id, { ifVersion, signal } = {}) {
      const answer = await run('delete', id, signal, (call) => deleteCredential(store, call, ifVersion))
      if (answer.deleted) watcher.noticeWrite(id, undefined)
      return answer
    },
    list: (listOptions = {}) =>
      stream('list', listOptions.signal, () =>
        listCredentials(store, { operation: 'list', signal: listOptions.signal }, listOptions),
      ),
    history: (id, { signal } = {}) => run('history', id, signal, (call) => listVersions(store, call)),
    async recover(id, { signal } = {}) {
      const work = (call: CredentialCall) => recoverCredential(store, call)
      const written = await run('recover', id, signal, work, needRecover('recover'))
      watcher.noticeWrite(id, written.version)
      return written
    },
    purge: (id, { signal } = {}) =>
      run('purge', id, signal, (call) => purgeCredential(store, call), needRecover('purge')),
    listDeleted: ({ signal } = {}) =>
      stream('listDeleted', signal, () => {
        needRecover('listDeleted')()
        return listDeletedCredentials(store, { operation: 'listDeleted', signal })
      }),
    watch: (watchOptions) => watcher.watch(watchOptions),
    async health({ signal } = {}) {
      const site = { source, operation: 'health' }
      closer.throwIfClosed('health')
      throwIfAborted(signal, site)
      return abortable(
        closer.run('health', () => checkHealth(client, mount, signal)),
        signal,
        site,
      )
    },
    close: (closeOptions) => closer.close(closeOptions),
    [Symbol.asyncDispose]: () => closer.close(),
  }
  return storage
}

/** The caller gave up on a write that had been sent: it may have happened, and the error says so. */
const withUnknownOutcome = (error: HoldfastError, { id, operation }: CredentialCall): HoldfastError =>
  new HoldfastError({
    code: error.code,
    ...(error.reason === undefined ? {} : { reason: error.reason }),
    source,
    operation,
    message: `${operation} of ${JSON.stringify(id)} was given up after it had been sent.`,
    hint: 'It may have happened: retrieve the credential to find out.',
    details: { id, outcome: 'unknown' },
  })
