import {
  type CallOptions,
  type Clock,
  cancellationError,
  createCloser,
  type ErrorCode,
  type HoldfastError,
  parseOptions,
  systemClock,
  throwIfAborted,
  toTimestamp,
} from '@holdfast/contracts'
import {
  assertCredentialId,
  assertCredentialRecord,
  assertIdLength,
  type CredentialRecord,
  type CredentialStorage,
  createListFilter,
  type Recoverable,
  type StoredVersion,
  unsupported,
  type Versioned,
  type Watchable,
} from '@holdfast/contracts/credentials'
import { notDeleted, notFound, source, versionMismatch, versionUnknown } from './errors.ts'
import { contentsOf, copyRecord, createMemoryData, currentOf, type KeptVersion, liveEntry } from './memory-data.ts'
import { type MemoryStorageOptions, memoryStorageOptionsSchema } from './options.ts'
import { createPlannedFailures, type FailNextOptions, type PlannableOperation } from './planned-failures.ts'
import { watchChanges } from './watch-changes.ts'

/** A credential storage in memory that tests can steer. */
export interface MemoryStorage extends CredentialStorage, Versioned, Recoverable, Watchable {
  /**
   * Makes the next calls fail, after their latency and before any effect, with this error or one of this code. Plans are
   * used up in the order they were made. A `health` that fails answers `down`; a `watch` fails at its first `next()`.
   * Errors: INVALID_ARGUMENT, saying everything that is wrong with the arguments.
   */
  failNextWith(failure: HoldfastError | ErrorCode, options?: FailNextOptions): void
  /** Removes all credentials for good, deleted ones too, and forgets the planned failures. Watchers are told `resynced`. */
  clear(): void
  /** How many credentials there are; deleted ones do not count. */
  count(): number
}

/**
 * Makes a storage that keeps credentials in memory, for tests and short-lived processes. It keeps every promise of the
 * contract, with versions, recovery and watching; nothing outlives the process. Deleted credentials stay until they are
 * purged or stored anew. Errors: INVALID_ARGUMENT naming every option that is wrong.
 */
export const createMemoryStorage = (options: MemoryStorageOptions = {}): MemoryStorage => {
  const parsed = parseOptions(memoryStorageOptionsSchema, options, source, 'createMemoryStorage')
  const { keepVersions, latencyMs, without, limits, clock = systemClock } = parsed
  const contents = contentsOf(parsed.data ?? createMemoryData())
  const { entries, changes } = contents
  const failures = createPlannedFailures()
  const closer = createCloser({ source, clock })
  const now = (): string => toTimestamp(clock.wallNow())

  /** One call: closed, cancelled, latency and planned failures come before `work`, which is one indivisible step. */
  const call = <T>(operation: PlannableOperation, signal: AbortSignal | undefined, work: () => T): Promise<T> =>
    closer.run(operation, async () => {
      const site = { source, operation }
      throwIfAborted(signal, site)
      // Without a latency it waits too, so that whoever called can still abort.
      if (latencyMs === 0) await undefined
      else await pause(clock, latencyMs, [closer.expired, ...(signal === undefined ? [] : [signal])])
      if (closer.expired.aborted) throw cancellationError(closer.expired, site)
      throwIfAborted(signal, site)
      const failure = failures.take(operation)
      if (failure !== undefined) throw failure
      return work()
    })
  /** The same for a call about one id. */
  const callFor = async <T>(
    operation: PlannableOperation,
    id: string,
    options: CallOptions | undefined,
    work: () => T,
  ): Promise<T> => {
    closer.throwIfClosed(operation)
    assertCredentialId(id, source, operation)
    assertIdLength(id, limits, source, operation)
    return call(operation, options?.signal, work)
  }
  /** Reads a snapshot in one call, then yields from it as long as nobody aborts or closes. */
  const stream = async function* <T>(
    operation: PlannableOperation,
    signal: AbortSignal | undefined,
    snapshot: () => Iterable<T>,
  ): AsyncGenerator<T> {
    for (const item of await call(operation, signal, snapshot)) {
      throwIfAborted(signal, { source, operation })
      closer.throwIfClosed(operation)
      yield item
    }
  }
  const need = (capability: (typeof without)[number], operation: string): void => {
    if (without.includes(capability)) throw unsupported(storage.name, capability, source, operation)
  }
  const append = (id: string, record: CredentialRecord, earlier: readonly KeptVersion[]): StoredVersion => {
    const version = contents.nextVersion()
    const createdAt = now()
    const kept = without.includes('versions') ? 1 : keepVersions
    entries.set(id, { versions: [...earlier, { ...record, version, createdAt }].slice(-kept) })
    changes.append(id, version)
    return { version, createdAt }
  }

  const storage: MemoryStorage = {
    name: source,
    capabilities: Object.freeze({
      compareAndSet: !without.includes('compareAndSet'),
      versions: !without.includes('versions'),
      recover: !without.includes('recover'),
      watch: !without.includes('watch'),
      limits: Object.freeze({ ...limits }),
    }),
    async store(id, record, options = {}) {
      const { ifVersion } = options
      closer.throwIfClosed('store')
      if (ifVersion !== undefined) need('compareAndSet', 'store')
      assertCredentialId(id, source, 'store')
      assertCredentialRecord(id, record, limits, source)
      // Copied before the first wait: what the caller does to its own buffer afterwards changes nothing.
      const copy = copyRecord(record)
      return callFor('store', id, options, () => {
        const entry = liveEntry(contents, id)
        const found = entry === undefined ? null : currentOf(entry).version
        if (ifVersion !== undefined && ifVersion !== found) {
          throw versionMismatch('store', id, found === null ? 'nothing' : 'another version')
        }
        return append(id, copy, entry?.versions ?? [])
      })
    },
    async retrieve(id, options = {}) {
      closer.throwIfClosed('retrieve')
      if (options.version !== undefined) need('versions', 'retrieve')
      return callFor('retrieve', id, options, () => {
        const entry = liveEntry(contents, id)
        if (entry === undefined) throw notFound('retrieve', id)
        const kept =
          options.version === undefined
            ? currentOf(entry)
            : entry.versions.find(({ version }) => version === options.version)
        if (kept === undefined) throw versionUnknown('retrieve', id)
        return { metadata: kept.metadata, value: new Uint8Array(kept.value), version: kept.version }
      })
    },
    exists: (id, options) => callFor('exists', id, options, () => liveEntry(contents, id) !== undefined),
    async delete(id, options = {}) {
      const { ifVersion } = options
      closer.throwIfClosed('delete')
      if (ifVersion !== undefined) need('compareAndSet', 'delete')
      return callFor('delete', id, options, () => {
        const entry = liveEntry(contents, id)
        if (ifVersion !== undefined && (entry === undefined || currentOf(entry).version !== ifVersion)) {
          throw versionMismatch('delete', id, entry === undefined ? 'nothing' : 'another version')
        }
        if (entry === undefined) return { deleted: false }
        if (without.includes('recover')) entries.delete(id)
        else entries.set(id, { ...entry, deletedAt: now() })
        changes.append(id, undefined)
        return { deleted: true }
      })
    },
    list: (options = {}) =>
      stream('list', options.signal, () => {
        const matches = createListFilter(options)
        return [...entries.entries()]
          .filter(([, { deletedAt }]) => deletedAt === undefined)
          .map(([id, entry]) => ({ id, ...currentOf(entry) }))
          .filter(matches)
          .map(({ id, version, metadata }) => (options.include === 'id' ? { id } : { id, version, metadata }))
      }),
    history: (id, options) =>
      callFor('history', id, options, () => {
        need('versions', 'history')
        const entry = liveEntry(contents, id)
        if (entry === undefined) throw notFound('history', id)
        const current = currentOf(entry)
        return entry.versions
          .map((kept) => ({ version: kept.version, createdAt: kept.createdAt, isCurrent: kept === current }))
          .reverse()
      }),
    recover: (id, options) =>
      callFor('recover', id, options, () => {
        need('recover', 'recover')
        const entry = entries.get(id)
        if (entry === undefined) throw notFound('recover', id)
        if (entry.deletedAt === undefined) throw notDeleted('recover', id)
        const { metadata, value } = currentOf(entry)
        return append(id, { metadata, value }, entry.versions)
      }),
    purge: (id, options) =>
      callFor('purge', id, options, () => {
        need('recover', 'purge')
        if (liveEntry(contents, id) !== undefined) throw notDeleted('purge', id)
        return { purged: entries.delete(id) }
      }),
    listDeleted: (options = {}) =>
      stream('listDeleted', options.signal, () => {
        need('recover', 'listDeleted')
        return [...entries.entries()].flatMap(([id, { deletedAt }]) =>
          deletedAt === undefined ? [] : [{ id, deletedAt }],
        )
      }),
    watch: (options = {}) =>
      watchChanges(contents, options, closer.closing, () => {
        closer.throwIfClosed('watch')
        need('watch', 'watch')
        const failure = failures.take('watch')
        if (failure !== undefined) throw failure
      }),
    async health(options = {}) {
      const startedAt = clock.monotonicNow()
      const failure = await call('health', options.signal, () => undefined).catch((error: HoldfastError) => {
        if (closer.isClosed || options.signal?.aborted) throw error
        return error
      })
      const probe = { latencyMs: clock.monotonicNow() - startedAt, checkedAt: now() }
      return failure === undefined
        ? { status: 'up', ...probe, details: { credentials: storage.count() } }
        : { status: 'down', reason: failure.message, ...probe }
    },
    failNextWith: (failure, options) => failures.plan(failure, options),
    clear() {
      entries.clear()
      failures.clear()
      changes.forget()
    },
    count() {
      let live = 0
      for (const { deletedAt } of entries.values()) if (deletedAt === undefined) live += 1
      return live
    },
    close: (options) => closer.close(options),
    [Symbol.asyncDispose]: () => closer.close(),
  }
  return storage
}

/** Resolves after `delayMs`, or as soon as one of the signals is aborted; leaves no timer and no listener. */
const pause = (clock: Clock, delayMs: number, signals: readonly AbortSignal[]): Promise<void> => {
  return new Promise((resolve) => {
    const end = (): void => {
      timer.cancel()
      for (const signal of signals) signal.removeEventListener('abort', end)
      resolve()
    }
    const timer = clock.setTimer(end, delayMs, { keepAlive: true })
    for (const signal of signals) signal.addEventListener('abort', end)
  })
}
