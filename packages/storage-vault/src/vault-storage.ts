import { createCloser, parseOptions, silentLogger, systemClock } from '@holdfast/contracts'
import {
  assertCredentialRecord,
  type CredentialStorage,
  type CredentialStorageLimits,
  createPollingWatcher,
  createStorageCalls,
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
import { completed, vaultStorageOptionsFromEnvironment } from './vault-storage-options-from-environment.ts'

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
  const given = completed(vaultStorageOptionsFromEnvironment, options)
  const parsed = parseOptions(vaultStorageOptionsSchema, given, source, 'createVaultStorage')
  const { mount, prefix, softDelete, maxEntryBytes, clock = systemClock, logger = silentLogger } = parsed
  const closer = createCloser({ source, clock, release: () => client.close(closer.expired) })
  const client = createVaultClient(parsed)
  const engine = createKvEngine(client, mount, prefix)
  const maxDocumentBytes = maxEntryBytes - entryOverheadBytes
  const store = { engine, clock, logger, softDelete, maxDocumentBytes }
  const limits: CredentialStorageLimits = Object.freeze({
    // Four characters of base64 hold three bytes.
    maxValueBytes: Math.floor((maxDocumentBytes - metadataBytes) / 4) * 3,
    maxTags: maxCustomEntries,
    maxIdLength: 512,
  })
  const below = prefix === undefined ? '' : `/${prefix}`
  const watcher = createPollingWatcher({
    poll: (watched, signal) => pollCredentials(store, { operation: 'watch', signal }, watched),
    intervalMs: parsed.watchIntervalMs,
    clock,
    logger,
    closing: closer.closing,
    begin: () => closer.throwIfClosed('watch'),
  })

  const calls = createStorageCalls({ source, closer, toError: toHoldfastError })
  /** A call about one credential. */
  const run = <T>(
    operation: string,
    id: string,
    { signal, ...subject }: { readonly signal?: AbortSignal | undefined; readonly isWrite?: boolean },
    work: (call: CredentialCall) => Promise<T>,
  ): Promise<T> =>
    calls.call(operation, { signal }, (ended) => work({ operation, id, signal: ended }), { id, ...subject })
  const needRecover = (operation: string): void => {
    if (!softDelete) throw unsupported(storage.name, 'recover', source, operation)
  }

  const storage: VaultStorage = {
    name: `${source} (${parsed.address} ${parsed.namespace === undefined ? '' : `${parsed.namespace} `}${mount}${below})`,
    capabilities: Object.freeze({ compareAndSet: true, versions: true, recover: softDelete, watch: true, limits }),
    async store(id, record, { ifVersion, signal } = {}) {
      // Copied before the first wait: what the caller does to its own buffer afterwards changes nothing.
      const copy = { metadata: structuredClone(record.metadata), value: new Uint8Array(record.value) }
      const written = await run('store', id, { signal, isWrite: true }, async (call) => {
        assertCredentialRecord(id, copy, limits, source)
        return storeCredential(store, call, copy, ifVersion)
      })
      watcher.noticeWrite(id, written.version)
      return written
    },
    retrieve: (id, { version, signal } = {}) =>
      run('retrieve', id, { signal }, (call) => retrieveCredential(store, call, version)),
    exists: (id, { signal } = {}) => run('exists', id, { signal }, (call) => credentialExists(store, call)),
    async delete(id, { ifVersion, signal } = {}) {
      const work = (call: CredentialCall) => deleteCredential(store, call, ifVersion)
      const answer = await run('delete', id, { signal, isWrite: true }, work)
      if (answer.deleted) watcher.noticeWrite(id, undefined)
      return answer
    },
    list: ({ signal, ...filters } = {}) =>
      calls.walk('list', { signal }, (ended) => listCredentials(store, { operation: 'list', signal: ended }, filters)),
    history: (id, { signal } = {}) => run('history', id, { signal }, (call) => listVersions(store, call)),
    async recover(id, { signal } = {}) {
      const written = await run('recover', id, { signal, isWrite: true }, async (call) => {
        needRecover('recover')
        return recoverCredential(store, call)
      })
      watcher.noticeWrite(id, written.version)
      return written
    },
    purge: (id, { signal } = {}) =>
      run('purge', id, { signal, isWrite: true }, async (call) => {
        needRecover('purge')
        return purgeCredential(store, call)
      }),
    listDeleted: ({ signal } = {}) =>
      calls.walk('listDeleted', { signal }, (ended) => {
        needRecover('listDeleted')
        return listDeletedCredentials(store, { operation: 'listDeleted', signal: ended })
      }),
    watch: (watchOptions) => watcher.watch(watchOptions),
    health: ({ signal } = {}) =>
      calls.call('health', { signal }, (ended) => checkHealth(client, mount, `${mount}/data${below}`, ended)),
    close: (closeOptions) => closer.close(closeOptions),
    [Symbol.asyncDispose]: () => closer.close(),
  }
  return storage
}
