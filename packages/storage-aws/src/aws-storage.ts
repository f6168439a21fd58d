import {
  abortable,
  type BatchResult,
  type CallOptions,
  type Closer,
  createCloser,
  createUlidGenerator,
  HoldfastError,
  parseOptions,
  silentLogger,
  systemClock,
  throwIfAborted,
  toTimestamp,
} from '@holdfast/contracts'
import {
  assertCredentialId,
  assertCredentialRecord,
  type CredentialStorage,
  createPollingWatcher,
  type Recoverable,
  type StoredCredential,
  type StoredVersion,
  unsupported,
  type Version,
  type Versioned,
  type Watchable,
} from '@holdfast/contracts/credentials'
import { checkHealth } from './check-health.ts'
import { createClient } from './create-client.ts'
import { credentialHistory } from './credential-history.ts'
import { deleteCredential, deleteVersion } from './delete-credential.ts'
import { source, toHoldfastError } from './errors.ts'
import { listCredentials } from './list-credentials.ts'
import { type AwsStorageOptions, awsStorageOptionsSchema } from './options.ts'
import { createSecretPoll } from './poll-secrets.ts'
import { listDeletedCredentials, purgeCredential, recoverCredential } from './recover-credential.ts'
import { retrieveBatch } from './retrieve-batch.ts'
import { credentialExists, retrieveCredential, retrieveVersion } from './retrieve-credential.ts'
import { awsStorageLimits, encodeSecret } from './secret-document.ts'
import type { SecretStore } from './secret-store.ts'
import { type Call, createSecretsApi } from './secrets-api.ts'
import { createCredential, putCredential, replaceCredential } from './store-credential.ts'
import { warnOfRetries } from './warn-of-retries.ts'
import { createWriteLimiter, defaultWritesPerSecond } from './write-limiter.ts'

/** Credentials in AWS Secrets Manager, one secret for each. */
export interface AwsStorage extends CredentialStorage, Versioned, Recoverable, Watchable {
  /**
   * Reads the current versions of many credentials, 20 in a request, each with its own outcome. Errors: INVALID_ARGUMENT
   * with DUPLICATE_IDS; those of `retrieve` are in the items.
   */
  retrieveBatch(ids: readonly string[], options?: CallOptions): Promise<BatchResult<StoredCredential>>
}

/**
 * Makes a storage that keeps credentials in AWS Secrets Manager. Nothing is sent before the first call; `health()` tells
 * whether region, credentials and permissions work. Errors: INVALID_ARGUMENT naming every option that is wrong.
 */
export const createAwsStorage = (options: AwsStorageOptions = {}): AwsStorage => {
  const parsed = parseOptions(awsStorageOptionsSchema, options, source, 'createAwsStorage')
  const { region, prefix, recoveryWindowDays, clock = systemClock, logger = silentLogger } = parsed
  const client = parsed.client ?? createClient(region, parsed.endpoint)
  const limiter =
    parsed.writeLimiter ?? createWriteLimiter({ perSecond: parsed.writesPerSecond ?? defaultWritesPerSecond, clock })
  const closer = createCloser({
    source,
    clock,
    release: () => {
      if (parsed.client === undefined) client.destroy()
    },
  })
  if (parsed.client !== undefined) warnOfRetries(client, logger)
  const { kmsKeyId, defaultTags } = parsed
  const store: SecretStore = {
    prefix,
    kmsKeyId,
    defaultTags,
    recoveryWindowDays,
    api: createSecretsApi(client, limiter),
    clock,
    logger,
    nextUlid: createUlidGenerator(() => clock.wallNow()),
  }
  const name = `${source} (${[region, prefix].filter((part) => part !== undefined && part !== '').join('/')})`
  const poll = createSecretPoll(store)
  const watcher = createPollingWatcher({
    poll: (idPrefix, signal) => translated(store, callOf(closer, 'watch', { signal }), (call) => poll(idPrefix, call)),
    intervalMs: parsed.watchIntervalMs,
    clock,
    logger,
    closing: closer.closing,
    begin: () => closer.throwIfClosed('watch'),
  })
  const requireRecovery = (operation: string): void => {
    if (recoveryWindowDays === 0) throw unsupported(name, 'recover', source, operation)
  }

  /** One call about one credential: closed, checked and cancelled before anything is sent. */
  const run = async <T>(
    operation: string,
    id: string,
    options: CallOptions,
    work: (call: Call & { readonly id: string }) => Promise<T>,
  ): Promise<T> => {
    const site = { source, operation }
    closer.throwIfClosed(operation)
    assertCredentialId(id, source, operation)
    throwIfAborted(options.signal, site)
    const call = { ...callOf(closer, operation, options), id }
    try {
      // The caller may leave at once; close waits for the work itself.
      return await abortable(
        closer.run(operation, () => translated(store, call, work)),
        options.signal,
        site,
      )
    } catch (error) {
      throw call.isDecided ? withUnknownOutcome(error, operation, id) : error
    }
  }
  /** The same for one that changes something, which a watch is told of. */
  const write = async <T>(
    operation: string,
    id: string,
    options: CallOptions,
    work: (call: Call & { readonly id: string }) => Promise<readonly [T, Version | undefined] | readonly [T]>,
  ): Promise<T> => {
    const [result, ...change] = await run(operation, id, options, work)
    if (change.length > 0) watcher.noticeWrite(id, change[0])
    return result
  }
  const stream = async function* <T>(
    operation: string,
    options: CallOptions,
    work: (call: Call) => AsyncIterable<T>,
  ): AsyncGenerator<T> {
    const site = { source, operation }
    const check = (): void => {
      closer.throwIfClosed(operation)
      throwIfAborted(options.signal, site)
    }
    check()
    const call = callOf(closer, operation, options)
    const items = work(call)[Symbol.asyncIterator]()
    try {
      for (;;) {
        const next = closer.run(operation, () => translated(store, call, () => items.next()))
        const item = await abortable(next, options.signal, site)
        check()
        if (item.done === true) return
        yield item.value
      }
    } finally {
      // Not awaited: it may wait for a request that the caller has given up.
      items.return?.()?.catch(() => {})
    }
  }
  const stored = (version: Version): readonly [StoredVersion, Version] => [
    { version, createdAt: toTimestamp(clock.wallNow()) },
    version,
  ]

  return {
    name,
    capabilities: Object.freeze({
      compareAndSet: true,
      versions: true,
      recover: recoveryWindowDays > 0,
      watch: true,
      limits: awsStorageLimits,
    }),
    async store(id, record, options = {}) {
      const { ifVersion } = options
      closer.throwIfClosed('store')
      assertCredentialId(id, source, 'store')
      assertCredentialRecord(id, record, awsStorageLimits, source)
      // Written down before the first wait: what the caller does to its own buffer afterwards changes nothing.
      const content = { metadata: structuredClone(record.metadata), document: encodeSecret(id, record, 'store') }
      return write('store', id, options, async (call) => {
        const storing = { call, ...content }
        if (ifVersion === undefined) return stored(await putCredential(store, storing))
        if (ifVersion === null) return stored(await createCredential(store, storing))
        return stored(await replaceCredential(store, storing, ifVersion))
      })
    },
    retrieve: (id, options = {}) =>
      run('retrieve', id, options, (call) =>
        options.version === undefined ? retrieveCredential(store, call) : retrieveVersion(store, call, options.version),
      ),
    async retrieveBatch(ids, options = {}) {
      const call = callOf(closer, 'retrieveBatch', options)
      return closer.run('retrieveBatch', () => retrieveBatch(store, call, ids))
    },
    exists: (id, options = {}) => run('exists', id, options, (call) => credentialExists(store, call)),
    delete: (id, options = {}) =>
      write('delete', id, options, async (call) => {
        const { ifVersion } = options
        const result = await (ifVersion === undefined
          ? deleteCredential(store, call)
          : deleteVersion(store, call, ifVersion))
        return result.deleted ? [result, undefined] : [result]
      }),
    list: (options = {}) => stream('list', options, (call) => listCredentials(store, call, options)),
    history: (id, options = {}) => run('history', id, options, (call) => credentialHistory(store, call)),
    recover: (id, options = {}) =>
      write('recover', id, options, async (call) => {
        requireRecovery('recover')
        return stored(await recoverCredential(store, call))
      }),
    purge: (id, options = {}) =>
      run('purge', id, options, async (call) => {
        requireRecovery('purge')
        return purgeCredential(store, call)
      }),
    listDeleted: (options = {}) =>
      stream('listDeleted', options, (call) => {
        requireRecovery('listDeleted')
        return listDeletedCredentials(store, call)
      }),
    watch: (options) => watcher.watch(options),
    async health({ signal } = {}) {
      const site = { source, operation: 'health' }
      closer.throwIfClosed('health')
      throwIfAborted(signal, site)
      const call = callOf(closer, 'health', { signal })
      const probe = closer.run('health', () => checkHealth(store, call))
      return abortable(probe, signal, site)
    },
    close: (options) => closer.close(options),
    [Symbol.asyncDispose]: () => closer.close(),
  }
}

/** What travels with the requests of a call: it is given up by its caller, or when closing takes too long. */
const callOf = (closer: Closer, operation: string, { signal, deadline }: CallOptions): Call => ({
  operation,
  signal: signal === undefined ? closer.expired : AbortSignal.any([signal, closer.expired]),
  deadline,
  isDecided: false,
})

/** Lets only errors of ours out, with the action that was not allowed. */
const translated = async <C extends Call, T>(
  { prefix }: SecretStore,
  call: C,
  work: (call: C) => Promise<T>,
): Promise<T> => {
  try {
    return await work(call)
  } catch (error) {
    const { operation, id, lastAction: action } = call
    throw toHoldfastError(error, { operation, id, action, resource: resourceOf(prefix, action) })
  }
}

/** Listing and reading many are allowed for all secrets or none. */
const resourceOf = (prefix: string, action: string | undefined): string =>
  action === 'secretsmanager:ListSecrets' || action === 'secretsmanager:BatchGetSecretValue'
    ? '*'
    : `arn:aws:secretsmanager:*:*:secret:${prefix === '' ? '*' : `${prefix}/*`}`

/** The request that decides was sent, so that it may have arrived although the call failed. */
const withUnknownOutcome = (error: unknown, operation: string, id: string): unknown => {
  if (!HoldfastError.is(error)) return error
  const { code, reason, retryable, retryAfterMs, hint, details } = error
  return new HoldfastError({
    code,
    ...(reason === undefined ? {} : { reason }),
    source,
    operation,
    message: `${operation} of ${JSON.stringify(id)} failed after it was sent, and may have happened all the same.`,
    hint: `Read the credential to find out. ${hint}`,
    retryable,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    details: { ...details, id, outcome: 'unknown' },
    cause: error,
  })
}
