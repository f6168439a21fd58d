import { readdir, readFile, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import {
  abortable,
  type CallOptions,
  createCloser,
  createProblems,
  createUlidGenerator,
  HoldfastError,
  throwIfAborted,
  toTimestamp,
} from '@holdfast/contracts'
import {
  assertCredentialId,
  assertCredentialRecord,
  assertIdLength,
  type CredentialStorage,
  type CredentialSummary,
  createListFilter,
  unsupported,
} from '@holdfast/contracts/credentials'
import { source, toHoldfastError } from './errors.ts'
import { decode, encode, fileNameOf, idOf, syncFolder, writeAtomically } from './record-file.ts'

/** Options of {@link createFolderStorage}. */
export interface FolderStorageOptions {
  /** An existing folder that belongs to this storage alone. */
  readonly directory: string
}

// #region capabilities
/** Two processes may write the same credential at once here and the later one wins, so compareAndSet is not claimed. */
const capabilities = {
  compareAndSet: false,
  versions: false,
  recover: false,
  watch: false,
  // 120 bytes of id are 240 hexadecimal digits; file systems take names of 255.
  limits: { maxValueBytes: 65_536, maxTags: 50, maxIdLength: 120 },
} as const
// #endregion capabilities

/** A storage that keeps each credential in a file of its own. Errors: INVALID_ARGUMENT for options that are wrong. */
export const createFolderStorage = ({ directory }: FolderStorageOptions): CredentialStorage => {
  const problems = createProblems(source, 'createFolderStorage')
  problems.require(typeof directory === 'string' && directory !== '', 'directory', directory, 'the path of a folder')
  problems.throwIfAny()

  const name = `${source} (${directory})`
  const closer = createCloser({ source })
  const nextVersion = createUlidGenerator()
  const pathOf = (id: string): string => join(directory, fileNameOf(id))

  // #region call
  /** What every call has in common: closed, checked, cancellable, and only errors of ours. */
  const call = async <T>(operation: string, id: string, options: CallOptions, work: () => Promise<T>): Promise<T> => {
    closer.throwIfClosed(operation)
    assertCredentialId(id, source, operation)
    assertIdLength(id, capabilities.limits, source, operation)
    throwIfAborted(options.signal, { source, operation })
    try {
      // The caller may give up, but close still waits: the closer is given the work itself.
      return await abortable(closer.run(operation, work), options.signal, { source, operation })
    } catch (error) {
      throw toHoldfastError(error, operation, id)
    }
  }
  /** A write that was given up may still happen, and says so. */
  const write = <T>(operation: string, id: string, options: CallOptions, work: () => Promise<T>): Promise<T> => {
    let isSent = false
    return call(operation, id, options, () => {
      isSent = true
      return work()
    }).catch((error: unknown) => {
      throw isSent && options.signal?.aborted ? withUnknownOutcome(error, operation) : error
    })
  }
  // #endregion call

  const summaryOf = async (id: string): Promise<CredentialSummary | undefined> => {
    try {
      const { version, metadata } = decode(await readFile(pathOf(id), 'utf8'), id)
      return { id, version, metadata }
    } catch (error) {
      const found = toHoldfastError(error, 'list', id)
      if (found.code === 'NOT_FOUND') return undefined // deleted since the folder was read
      if (found.code === 'DATA_LOSS') return { id } // damaged: listed without metadata
      throw found
    }
  }

  // #region storage
  const storage: CredentialStorage = {
    name,
    capabilities,
    async store(id, record, options = {}) {
      closer.throwIfClosed('store')
      if (options.ifVersion !== undefined) throw unsupported(name, 'compareAndSet', source, 'store')
      assertCredentialRecord(id, record, capabilities.limits, source)
      const stored = { version: nextVersion(), metadata: record.metadata, value: new Uint8Array(record.value) }
      return write('store', id, options, async () => {
        await writeAtomically(pathOf(id), encode(stored))
        return { version: stored.version, createdAt: toTimestamp(Date.now()) }
      })
    },
    async retrieve(id, options = {}) {
      closer.throwIfClosed('retrieve')
      if (options.version !== undefined) throw unsupported(name, 'versions', source, 'retrieve')
      return call('retrieve', id, options, async () => decode(await readFile(pathOf(id), 'utf8'), id))
    },
    exists: (id, options = {}) =>
      call('exists', id, options, async () => (await readdir(directory)).includes(fileNameOf(id))),
    async delete(id, options = {}) {
      closer.throwIfClosed('delete')
      if (options.ifVersion !== undefined) throw unsupported(name, 'compareAndSet', source, 'delete')
      return write('delete', id, options, async () => {
        try {
          await unlink(pathOf(id))
        } catch (error) {
          if (toHoldfastError(error, 'delete', id).code === 'NOT_FOUND') return { deleted: false }
          throw error
        }
        await syncFolder(directory)
        return { deleted: true }
      })
    },
    async *list(options = {}) {
      const site = { source, operation: 'list' }
      closer.throwIfClosed('list')
      throwIfAborted(options.signal, site)
      const { prefix = '', include = 'metadata' } = options
      const matches = createListFilter(options)
      const needsMetadata = include === 'metadata' || options.scope !== undefined || options.tags !== undefined
      for (const fileName of await abortable(readdir(directory), options.signal, site)) {
        const id = idOf(fileName)
        if (!id?.startsWith(prefix)) continue
        const summary = needsMetadata ? await summaryOf(id) : { id }
        throwIfAborted(options.signal, site)
        closer.throwIfClosed('list')
        if (summary !== undefined && matches(summary)) yield include === 'id' ? { id } : summary
      }
    },
    async health(options = {}) {
      closer.throwIfClosed('health')
      throwIfAborted(options.signal, { source, operation: 'health' })
      const startedAt = performance.now()
      const problem = await abortable(readdir(directory), options.signal, { source, operation: 'health' }).then(
        () => undefined,
        (error: unknown) => toHoldfastError(error, 'health', directory),
      )
      if (options.signal?.aborted) throw problem
      const probe = { latencyMs: performance.now() - startedAt, checkedAt: toTimestamp(Date.now()) }
      return problem === undefined ? { status: 'up', ...probe } : { status: 'down', reason: problem.message, ...probe }
    },
    close: closer.close,
    [Symbol.asyncDispose]: () => closer.close(),
  }
  return storage
  // #endregion storage
}

const withUnknownOutcome = (error: unknown, operation: string): unknown =>
  HoldfastError.is(error) && error.source === source
    ? new HoldfastError({
        code: error.code,
        source,
        operation,
        message: `${operation} was given up before its answer came.`,
        hint: 'Retrieve the credential to see whether it happened.',
        details: { outcome: 'unknown' },
        ...(error.reason === undefined ? {} : { reason: error.reason }),
      })
    : error
