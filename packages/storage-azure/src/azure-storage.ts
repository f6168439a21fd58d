import { readFileSync } from 'node:fs'
import { type DeletedSecret, type KeyVaultSecret, SecretClient, type SecretProperties } from '@azure/keyvault-secrets'
import {
  abortable,
  createCloser,
  createUlidGenerator,
  HoldfastError,
  parseOptions,
  silentLogger,
  systemClock,
  toTimestamp,
} from '@holdfast/contracts'
import {
  assertCredentialId,
  assertCredentialRecord,
  type CredentialRecord,
  type CredentialStorage,
  type CredentialVersion,
  createListFilter,
  createPollingWatcher,
  createStorageCalls,
  type PolledCredential,
  type Recoverable,
  type StoredCredential,
  type StoredVersion,
  unsupported,
  type Versioned,
  type Watchable,
} from '@holdfast/contracts/credentials'
import {
  absentIs,
  innerCodeOf,
  nameReserved,
  notDeleted,
  notFound,
  source,
  statusOf,
  toHoldfastError,
  unreadable,
  versionUnknown,
} from './errors.ts'
import { identifySecret } from './identify-secret.ts'
import { newestFirst } from './newest-first.ts'
import { type AzureStorageOptions, azureStorageOptionsSchema } from './options.ts'
import { maxValueBytes, readTags, readValue, toSecretContent } from './secret-content.ts'
import { createSecretNames } from './secret-name.ts'
import { settle } from './settle.ts'
import { createTokenCredential } from './token-credential.ts'
import { createVaultSettling } from './vault-settling.ts'

/** Credential storage in a vault of Azure. Soft delete is always on there, so what is deleted can be recovered until it is purged. */
export interface AzureStorage extends CredentialStorage, Versioned, Recoverable, Watchable {}

/** How long a health probe waits for an answer: a verdict must come within two seconds. */
const healthTimeoutMs = 1800

/**
 * Makes a storage in Azure Key Vault. Nothing is sent before the first call. Throws INVALID_ARGUMENT with every problem of
 * the options at once; NOT_FOUND for a `caFile` that is not there.
 */
export const createAzureStorage = (options: AzureStorageOptions): AzureStorage => {
  const checked = parseOptions(azureStorageOptionsSchema, options, source, 'createAzureStorage')
  const { vaultUrl, prefix, defaultTags, settleTimeoutMs, logger = silentLogger, clock = systemClock } = checked
  const ca = checked.caFile === undefined ? undefined : readAuthorities(checked.caFile)
  const client = new SecretClient(vaultUrl, createTokenCredential(checked.credential), {
    // Retrying is a layer's.
    retryOptions: { maxRetries: 0 },
    disableChallengeResourceVerification: checked.allowAnyHost,
    ...(ca === undefined ? {} : { tlsOptions: { ca } }),
  })
  const names = createSecretNames(prefix)
  const nextVersion = createUlidGenerator(() => clock.wallNow())
  const closer = createCloser({ source, clock })
  const { call, walk } = createStorageCalls({ source, closer, toError: toHoldfastError })
  const { settled, afterDeletion } = createVaultSettling(clock, settleTimeoutMs)
  const limits = Object.freeze({ maxValueBytes, maxTags: 15, maxIdLength: 512 })

  const liveSecret = (id: string, abortSignal: AbortSignal): Promise<KeyVaultSecret | undefined> =>
    client.getSecret(names.nameOf(id), { abortSignal }).catch(absentIs(undefined))

  const read = (id: string, { value = '', properties }: KeyVaultSecret): StoredCredential => {
    const content = readTags(properties.tags, id)
    if ('problem' in content) throw unreadable(id, content.problem)
    const bytes = readValue(value, properties.contentType)
    if (bytes === undefined) throw unreadable(id, 'its value is not what its type says')
    return { metadata: content.metadata, value: bytes, version: content.version }
  }

  const write = async (id: string, record: CredentialRecord, abortSignal: AbortSignal): Promise<StoredVersion> => {
    const version = nextVersion()
    const { value, contentType, tags } = toSecretContent(record, version, defaultTags, (skipped) => {
      logger.warn(
        { credentialId: id, skipped },
        'tags are kept in the metadata only: there is no room for them in Key Vault',
      )
    })
    const { expiresAt } = record.metadata
    const secretOptions = { contentType, tags, ...(expiresAt === undefined ? {} : { expiresOn: new Date(expiresAt) }) }
    const { properties } = await afterDeletion(
      'store',
      id,
      () => client.setSecret(names.nameOf(id), value, { ...secretOptions, abortSignal }),
      abortSignal,
    )
    watcher.noticeWrite(id, version)
    return { version, createdAt: toTimestamp(properties.createdOn?.getTime() ?? clock.wallNow()) }
  }

  const readVersions = async (
    id: string,
    abortSignal: AbortSignal,
  ): Promise<readonly { readonly version: string; readonly properties: SecretProperties }[]> => {
    const versions = []
    for await (const properties of client.listPropertiesOfSecretVersions(names.nameOf(id), { abortSignal })) {
      const content = readTags(properties.tags, id)
      if (!('problem' in content)) versions.push({ version: content.version, properties })
    }
    return versions
  }

  const watcher = createPollingWatcher({
    intervalMs: checked.watchIntervalMs,
    clock,
    logger,
    closing: closer.closing,
    begin: () => closer.throwIfClosed('watch'),
    poll: async (idPrefix, signal) => {
      let date: string | undefined
      const listed = walk('watch', { signal }, (abortSignal) =>
        client.listPropertiesOfSecrets({
          abortSignal,
          onResponse: ({ headers }) => {
            date ??= headers.get('date')
          },
        }),
      )
      // Only the first answer tells when the poll began.
      const first = await listed.next()
      const backendNowMs = Date.parse(date ?? '')
      return {
        ...(Number.isNaN(backendNowMs) ? {} : { backendNowMs }),
        credentials: polled(idPrefix, first, listed),
      }
    },
  })
  const polled = async function* (
    idPrefix: string,
    first: IteratorResult<SecretProperties>,
    rest: AsyncGenerator<SecretProperties>,
  ): AsyncGenerator<PolledCredential> {
    for (let item = first; item.done !== true; item = await rest.next()) {
      const summary = identifySecret(names, item.value)
      if (summary?.version === undefined || !summary.id.startsWith(idPrefix)) continue
      yield { id: summary.id, version: summary.version, storedAtMs: item.value.updatedOn?.getTime() }
    }
  }

  const storage: AzureStorage = {
    name: `${source} (${new URL(vaultUrl).host}${prefix === '' ? '' : `, prefix ${prefix}`})`,
    capabilities: Object.freeze({ compareAndSet: false, versions: true, recover: true, watch: true, limits }),
    async store(id, record, storeOptions = {}) {
      closer.throwIfClosed('store')
      if (storeOptions.ifVersion !== undefined) throw unsupported(storage.name, 'compareAndSet', source, 'store')
      assertCredentialId(id, source, 'store')
      assertCredentialRecord(id, record, limits, source)
      // Copied before the first wait: what the caller does to its own buffer afterwards changes nothing.
      const copy = { metadata: record.metadata, value: new Uint8Array(record.value) }
      return call(
        'store',
        storeOptions,
        async (abortSignal) => {
          try {
            return await write(id, copy, abortSignal)
          } catch (error) {
            if (innerCodeOf(error) !== 'ObjectIsDeletedButRecoverable') throw error
            const deleted = await client.getDeletedSecret(names.nameOf(id), { abortSignal })
            throw nameReserved(id, purgeDateOf(deleted) ?? 'it is purged')
          }
        },
        { id, isWrite: true },
      )
    },
    async retrieve(id, retrieveOptions = {}) {
      const { version } = retrieveOptions
      return call(
        'retrieve',
        retrieveOptions,
        async (abortSignal) => {
          if (version === undefined) return read(id, await client.getSecret(names.nameOf(id), { abortSignal }))
          const found = (await readVersions(id, abortSignal)).find((kept) => kept.version === version)
          if (found?.properties.version === undefined) throw versionUnknown(id, version)
          return read(id, await client.getSecret(names.nameOf(id), { version: found.properties.version, abortSignal }))
        },
        { id },
      )
    },
    exists: (id, callOptions = {}) =>
      call('exists', callOptions, async (abortSignal) => (await liveSecret(id, abortSignal)) !== undefined, { id }),
    async delete(id, deleteOptions = {}) {
      closer.throwIfClosed('delete')
      if (deleteOptions.ifVersion !== undefined) throw unsupported(storage.name, 'compareAndSet', source, 'delete')
      return call(
        'delete',
        deleteOptions,
        async (abortSignal) => {
          const name = names.nameOf(id)
          const poller = await client.beginDeleteSecret(name, { abortSignal }).catch(absentIs(undefined))
          if (poller === undefined) return { deleted: false }
          watcher.noticeWrite(id, undefined)
          const seen = (): Promise<DeletedSecret | undefined> =>
            client.getDeletedSecret(name, { abortSignal }).catch(absentIs(undefined))
          await settle(seen, { clock, timeoutMs: settleTimeoutMs, operation: 'delete', signal: abortSignal }).catch(
            // It is gone, which is what was asked for; who may not look at deleted secrets need not.
            (error: unknown) => {
              if (statusOf(error) !== 403) throw error
            },
          )
          return { deleted: true }
        },
        { id, isWrite: true },
      )
    },
    async *list(listOptions = {}) {
      const matches = createListFilter(listOptions)
      const seen = new Set<string>()
      for await (const properties of walk('list', listOptions, (abortSignal) =>
        client.listPropertiesOfSecrets({ abortSignal }),
      )) {
        const summary = identifySecret(names, properties)
        if (summary === undefined || seen.has(summary.id) || !matches(summary)) continue
        seen.add(summary.id)
        yield listOptions.include === 'id' ? { id: summary.id } : summary
      }
    },
    history: (id, callOptions = {}) =>
      call(
        'history',
        callOptions,
        async (abortSignal) => {
          const current = read(id, await client.getSecret(names.nameOf(id), { abortSignal })).version
          const versions = await readVersions(id, abortSignal)
          return versions
            .map(
              ({ version, properties }): CredentialVersion => ({
                version,
                createdAt: toTimestamp(properties.createdOn?.getTime() ?? 0),
                isCurrent: version === current,
              }),
            )
            .sort(newestFirst)
        },
        { id },
      ),
    recover: (id, callOptions = {}) =>
      call(
        'recover',
        callOptions,
        async (abortSignal) => {
          if ((await liveSecret(id, abortSignal)) !== undefined) throw notDeleted('recover', id)
          const begin = (): Promise<unknown> => client.beginRecoverDeletedSecret(names.nameOf(id), { abortSignal })
          await afterDeletion('recover', id, begin, abortSignal).catch((error: unknown) => {
            throw statusOf(error) === 404 ? notFound('recover', id) : error
          })
          const { metadata, value } = read(
            id,
            await settled('recover', id, () => liveSecret(id, abortSignal), abortSignal),
          )
          return write(id, { metadata, value }, abortSignal)
        },
        { id, isWrite: true },
      ),
    purge: (id, callOptions = {}) =>
      call(
        'purge',
        callOptions,
        async (abortSignal) => {
          const name = names.nameOf(id)
          const purge = (): Promise<boolean> =>
            client.purgeDeletedSecret(name, { abortSignal }).then(() => true, absentIs(false))
          if (await afterDeletion('purge', id, purge, abortSignal)) {
            const gone = (): Promise<true | undefined> =>
              client.getDeletedSecret(name, { abortSignal }).then(() => undefined, absentIs(true as const))
            await settled('purge', id, gone, abortSignal)
            return { purged: true }
          }
          if ((await liveSecret(id, abortSignal)) !== undefined) throw notDeleted('purge', id)
          return { purged: false }
        },
        { id, isWrite: true },
      ),
    async *listDeleted(callOptions = {}) {
      for await (const secret of walk('listDeleted', callOptions, (abortSignal) =>
        client.listDeletedSecrets({ abortSignal }),
      )) {
        const summary = identifySecret(names, { name: secret.name, tags: secret.properties.tags ?? {} })
        if (summary === undefined) continue
        const recoverableUntil = purgeDateOf(secret)
        yield {
          id: summary.id,
          deletedAt: toTimestamp(secret.properties.deletedOn?.getTime() ?? 0),
          ...(recoverableUntil === undefined ? {} : { recoverableUntil }),
        }
      }
    },
    watch: (watchOptions) => watcher.watch(watchOptions),
    async health(callOptions = {}) {
      const startedAt = clock.monotonicNow()
      const late = new AbortController()
      const timer = clock.setTimer(() => late.abort(), healthTimeoutMs)
      const probe = async (abortSignal: AbortSignal): Promise<void> => {
        const ended = AbortSignal.any([abortSignal, late.signal])
        await client.listPropertiesOfSecrets({ abortSignal: ended }).byPage({ maxPageSize: 1 }).next()
      }
      const reason = await call('health', callOptions, (signal) =>
        abortable(probe(signal), late.signal, { source, operation: 'health' }),
      )
        .then(() => undefined)
        .catch((error: HoldfastError) => {
          if (late.signal.aborted) return `The vault did not answer within ${healthTimeoutMs} ms.`
          if (closer.isClosed || callOptions.signal?.aborted) throw error
          return error.message
        })
        .finally(() => timer.cancel())
      return {
        status: reason === undefined ? 'up' : 'down',
        ...(reason === undefined ? {} : { reason }),
        latencyMs: clock.monotonicNow() - startedAt,
        checkedAt: toTimestamp(clock.wallNow()),
      }
    },
    close: (closeOptions) => closer.close(closeOptions),
    [Symbol.asyncDispose]: () => closer.close(),
  }
  return storage
}

const readAuthorities = (file: string): string => {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    throw new HoldfastError({
      code: 'NOT_FOUND',
      source,
      operation: 'createAzureStorage',
      message: 'The file that caFile names cannot be read.',
      hint: 'Name a PEM file with the certificate authorities of the vault, or leave the option away.',
      cause,
    })
  }
}

const purgeDateOf = ({ properties }: DeletedSecret): string | undefined =>
  properties.scheduledPurgeDate === undefined ? undefined : toTimestamp(properties.scheduledPurgeDate.getTime())
