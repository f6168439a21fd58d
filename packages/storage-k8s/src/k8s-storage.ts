import {
  abortable,
  createCloser,
  type HoldfastError,
  parseOptions,
  silentLogger,
  systemClock,
  toTimestamp,
} from '@holdfast/contracts'
import {
  assertCredentialRecord,
  type CallSubject,
  type CredentialRecord,
  type CredentialStorage,
  createListFilter,
  createStorageCalls,
  unsupported,
  type Version,
  type Watchable,
} from '@holdfast/contracts/credentials'
import { hasStatus, source, toHoldfastError, unreadable, versionMismatch } from './errors.ts'
import { type ApiRequest, createKubernetesApi } from './kubernetes-api.ts'
import { selectorOfTags } from './labels.ts'
import { listSecrets, readPage, type SecretSelection } from './list-secrets.ts'
import { loadKubeConfig } from './load-kube-config.ts'
import { type K8sStorageOptions, k8sStorageOptionsSchema } from './options.ts'
import {
  createSecretNames,
  maxValueBytes,
  readRecord,
  type SecretObject,
  storeLabels,
  toSecretObject,
} from './secret-object.ts'
import { watchSecrets } from './watch-secrets.ts'

/** Credential storage in the secrets of one namespace. */
export interface K8sStorage extends CredentialStorage, Watchable {}

/** How long a health probe waits for an answer: a verdict must come within two seconds. */
const healthTimeoutMs = 1800

/**
 * Makes a storage in Kubernetes secrets. Nothing is sent before the first call. Throws INVALID_ARGUMENT with every problem
 * of the options at once, or with what is wrong with the kubeconfig.
 */
export const createK8sStorage = (options: K8sStorageOptions = {}): K8sStorage => {
  const checked = parseOptions(k8sStorageOptionsSchema, options, source, 'createK8sStorage')
  const { namespace, prefix, logger = silentLogger, clock = systemClock } = checked
  const api = createKubernetesApi(loadKubeConfig(checked))
  const names = createSecretNames(prefix)
  const secretsPath = `/api/v1/namespaces/${namespace}/secrets`
  const pathOf = (id: string): string => `${secretsPath}/${names.nameOf(id)}`
  const ownLabels = Object.entries(storeLabels(prefix)).map(([name, value]) => `${name}=${value}`)
  const selection: SecretSelection = { path: secretsPath, labelSelector: ownLabels.join(',') }
  const closer = createCloser({ source, clock, release: () => api.close() })
  const toError = (error: unknown, call: CallSubject & { readonly operation: string }): HoldfastError =>
    toHoldfastError(error, { namespace, ...call })
  const { call, walk } = createStorageCalls({ source, closer, toError })
  const limits = Object.freeze({ maxValueBytes, maxTags: 50, maxIdLength: 512 })

  const read = async (id: string, signal: AbortSignal): Promise<SecretObject> =>
    // The API server answers with the secret that was asked for.
    (await api.call({ method: 'GET', path: pathOf(id), signal })) as SecretObject

  const exists = async (id: string, signal: AbortSignal): Promise<boolean> => {
    try {
      await api.call({ method: 'GET', path: pathOf(id), metadataOnly: 'object', signal })
      return true
    } catch (error) {
      if (hasStatus(error, 404)) return false
      throw error
    }
  }

  const send = async (request: ApiRequest): Promise<Version> => {
    // A write is answered with the secret as it is now.
    const { metadata } = (await api.call(request)) as SecretObject
    return metadata.resourceVersion ?? ''
  }
  const create = (id: string, record: CredentialRecord, signal: AbortSignal): Promise<Version> =>
    send({
      method: 'POST',
      path: secretsPath,
      body: toSecretObject(names.nameOf(id), record, checked, undefined),
      signal,
    })
  const replace = (
    id: string,
    record: CredentialRecord,
    over: Version | undefined,
    signal: AbortSignal,
  ): Promise<Version> =>
    send({ method: 'PUT', path: pathOf(id), body: toSecretObject(names.nameOf(id), record, checked, over), signal })

  /** Over whatever is there: another writer may create or delete it between the two attempts. */
  const createOrReplace = async (id: string, record: CredentialRecord, signal: AbortSignal): Promise<Version> => {
    for (;;) {
      try {
        return await replace(id, record, undefined, signal)
      } catch (error) {
        if (hasStatus(error, 409)) continue
        if (!hasStatus(error, 404)) throw error
      }
      try {
        return await create(id, record, signal)
      } catch (error) {
        if (!hasStatus(error, 409)) throw error
      }
    }
  }

  const replaceVersion = async (
    id: string,
    record: CredentialRecord,
    over: Version,
    signal: AbortSignal,
  ): Promise<Version> => {
    // A text that is no version of Kubernetes is no version of this credential, and would be refused as malformed.
    if (!isResourceVersion(over)) throw versionMismatch('store', id, 'another version, or nothing,')
    try {
      return await replace(id, record, over, signal)
    } catch (error) {
      if (!hasStatus(error, 404)) throw error
      throw versionMismatch('store', id, 'nothing')
    }
  }

  const storage: K8sStorage = {
    name: `${source} (${namespace}${prefix === 'holdfast' ? '' : `, prefix ${prefix}`})`,
    capabilities: Object.freeze({ compareAndSet: true, versions: false, recover: false, watch: true, limits }),
    async store(id, record, storeOptions = {}) {
      closer.throwIfClosed('store')
      const { ifVersion } = storeOptions
      // Copied before the first wait: what the caller does to its own buffer afterwards changes nothing.
      const copy = { metadata: record.metadata, value: new Uint8Array(record.value) }
      return call(
        'store',
        storeOptions,
        async (signal) => {
          assertCredentialRecord(id, copy, limits, source)
          const version =
            ifVersion === undefined
              ? await createOrReplace(id, copy, signal)
              : ifVersion === null
                ? await create(id, copy, signal)
                : await replaceVersion(id, copy, ifVersion, signal)
          return { version, createdAt: toTimestamp(clock.wallNow()) }
        },
        { id, isWrite: true },
      )
    },
    async retrieve(id, retrieveOptions = {}) {
      closer.throwIfClosed('retrieve')
      if (retrieveOptions.version !== undefined) throw unsupported(storage.name, 'versions', source, 'retrieve')
      return call(
        'retrieve',
        retrieveOptions,
        async (signal) => {
          const secret = await read(id, signal)
          const record = readRecord(id, secret)
          if ('problem' in record) throw unreadable(id, record.problem)
          return { ...record, version: secret.metadata.resourceVersion ?? '' }
        },
        { id },
      )
    },
    exists: (id, callOptions = {}) => call('exists', callOptions, (signal) => exists(id, signal), { id }),
    delete: (id, deleteOptions = {}) =>
      call(
        'delete',
        deleteOptions,
        async (signal) => {
          const { ifVersion } = deleteOptions
          if (ifVersion !== undefined && !isResourceVersion(ifVersion)) {
            throw versionMismatch('delete', id, 'another version, or nothing,')
          }
          const body = ifVersion === undefined ? {} : { body: { preconditions: { resourceVersion: ifVersion } } }
          try {
            await api.call({ method: 'DELETE', path: pathOf(id), ...body, signal })
            return { deleted: true }
          } catch (error) {
            if (!hasStatus(error, 404)) throw error
            if (ifVersion !== undefined) throw versionMismatch('delete', id, 'nothing')
            return { deleted: false }
          }
        },
        { id, isWrite: true },
      ),
    async *list(listOptions = {}) {
      const matches = createListFilter(listOptions)
      const labelSelector = [selection.labelSelector, ...selectorOfTags(listOptions.tags ?? {})].join(',')
      const summaries = walk('list', listOptions, (signal) =>
        listSecrets(api, { ...selection, labelSelector }, names, signal),
      )
      for await (const summary of summaries) {
        if (matches(summary)) yield listOptions.include === 'id' ? { id: summary.id } : summary
      }
    },
    watch: (watchOptions) =>
      watchSecrets(
        {
          api,
          selection,
          names,
          clock,
          logger,
          closing: closer.closing,
          begin: () => closer.throwIfClosed('watch'),
          toError: (error) => toError(error, { operation: 'watch' }),
        },
        watchOptions,
      ),
    async health(callOptions = {}) {
      const startedAt = clock.monotonicNow()
      const late = new AbortController()
      const timer = clock.setTimer(() => late.abort(), healthTimeoutMs)
      const probe = (signal: AbortSignal): Promise<unknown> =>
        abortable(readPage(api, selection, AbortSignal.any([signal, late.signal]), 1), late.signal, {
          source,
          operation: 'health',
        })
      const reason = await call('health', callOptions, probe)
        .then(() => undefined)
        .catch((error: HoldfastError) => {
          if (late.signal.aborted) return `The API server did not answer within ${healthTimeoutMs} ms.`
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

const isResourceVersion = (version: Version): boolean => /^\d{1,20}$/.test(version)
