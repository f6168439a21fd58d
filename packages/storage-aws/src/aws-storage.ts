import {
  type BatchResult,
  type CallOptions,
  createCloser,
  createUlidGenerator,
  HoldfastError,
  parseOptions,
  silentLogger,
  systemClock,
  toTimestamp,
} from '@holdfast/contracts'
import {
  assertCredentialRecord,
  type CredentialStorage,
  createPollingWatcher,
  createStorageCalls,
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
    poll: (idPrefix, signal) =>
      translated(store, { operation: 'watch', signal, isDecided: false }, (call) => poll(idPrefix, call)),
    intervalMs: parsed.watchIntervalMs,
    clock,
    logger,
    closing: closer.closing,
    begin: () => closer.throwIfClosed('watch'),
  })
  const requireRecovery = (operation: string): void => {
    if (recoveryWindowDays === 0) throw unsupported(name, 'recover', source, operation)
  }

  const calls = createStorageCalls({ source, closer, toError: toHoldfastError })
  /** One call about one credential. */
  const run = <T>(
    operation: string,
    id: string,
    { signal, deadline }: CallOptions,
    work: (call: Call & { readonly id: string }) => Promise<T>,
  ): Promise<T> => {
    let call: Call | undefined
    const subject = {
      id,
      // Asked when it is given up: nothing can have happened before the request that decides was sent.
      get isWrite() {
        return call?.isDecided === true
      },
    }
    const begin = (ended: AbortSignal): Promise<T> => {
      const begun = { operation, id, signal: ended, deadline, isDecided: false }
      call = begun
      return translated(store, begun, work)
    }
    return calls.call(operation, { signal }, begin, subject)
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
  const walk = <T>(
    operation: string,
    { signal, deadline }: CallOptions,
    work: (call: Call) => AsyncIterator<T>,
  ): AsyncGenerator<T, void> =>
    calls.walk(operation, { signal }, (ended) => {
      const call = { operation, signal: ended, deadline, isDecided: false }
      const items = work(call)
      return { next: () => translated(store, call, () => items.next()) }
    })
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
    store: (id, record, options = {}) =>
      write('store', id, options, async (call) => {
        const { ifVersion } = options
        assertCredentialRecord(id, record, awsStorageLimits, source)
        // Written down before the first wait: what the caller does to its own buffer afterwards changes nothing.
        const document = encodeSecret(id, record, 'store')
        const storing = { call, metadata: structuredClone(record.metadata), document }
        if (ifVersion === undefined) return stored(await putCredential(store, storing))
        if (ifVersion === null) return stored(await createCredential(store, storing))
        return stored(await replaceCredential(store, storing, ifVersion))
      }),
    retrieve: (id, options = {}) =>
      run('retrieve', id, options, (call) =>
        options.version === undefined ? retrieveCredential(store, call) : retrieveVersion(store, call, options.version),
      ),
    retrieveBatch(ids, { signal, deadline } = {}) {
      const operation = 'retrieveBatch'
      const ended = signal === undefined ? closer.expired : AbortSignal.any([signal, closer.expired])
      // Not given up as a whole: what has been read until then is its result.
      return closer.run(operation, () =>
        retrieveBatch(store, { operation, signal: ended, deadline, isDecided: false }, ids),
      )
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
    list: (options = {}) => walk('list', options, (call) => listCredentials(store, call, options)),
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
      walk('listDeleted', options, (call) => {
        requireRecovery('listDeleted')
        return listDeletedCredentials(store, call)
      }),
    watch: (options) => watcher.watch(options),
    health: ({ signal } = {}) =>
      calls.call('health', { signal }, (ended) =>
        checkHealth(store, { operation: 'health', signal: ended, isDecided: false }),
      ),
    close: (options) => closer.close(options),
    [Symbol.asyncDispose]: () => closer.close(),
  }
}

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
    const told = toHoldfastError(error, { operation, id, action, resource: resourceOf(prefix, action) })
    throw call.isDecided ? withUnknownOutcome(told, operation, id) : told
  }
}

/** Listing and reading many are allowed for all secrets or none. */
const resourceOf = (prefix: string, action: string | undefined): string =>
  action === 'secretsmanager:ListSecrets' || action === 'secretsmanager:BatchGetSecretValue'
    ? '*'
    : `arn:aws:secretsmanager:*:*:secret:${prefix === '' ? '*' : `${prefix}/*`}`

/** The request that decides was sent, so that it may have arrived although the call failed. */
const withUnknownOutcome = (error: HoldfastError, operation: string, id: string | undefined): HoldfastError => {
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
    details: { ...details, outcome: 'unknown' },
    cause: error,
  })
}
