import {
  type Clock,
  type Closer,
  type ErrorCode,
  HoldfastError,
  type Logger,
  type Span,
  type Tracer,
} from '@holdfast/contracts'
import type { AnyCredentialStorage, CredentialContext } from '@holdfast/contracts/credentials'
import type { KindRegistry } from '../kinds/kind-registry.ts'
import type { Anchor } from '../sealing/anchor.ts'
import type { RotationPolicy } from '../validation/rotation-policy.ts'
import type { Audit } from './audit.ts'
import type { CredentialCache } from './credential-cache.ts'
import type { DuplicatePolicy } from './credential-manager-options.ts'
import type { CredentialReader } from './credential-reader.ts'
import type { CredentialWriter } from './credential-writer.ts'

/** What a manager and all its views share. */
export interface ManagerCore {
  readonly storage: AnyCredentialStorage
  readonly reader: CredentialReader
  readonly writer: CredentialWriter
  readonly cache: CredentialCache
  readonly anchor: Anchor | undefined
  readonly kinds: KindRegistry
  readonly audit: Audit
  readonly logger: Logger
  readonly tracer: Tracer | undefined
  readonly clock: Clock
  readonly closer: Closer
  readonly batchConcurrency: number
  readonly onDuplicate: DuplicatePolicy
  readonly refuseExpired: boolean
  readonly rotationPolicy: RotationPolicy
}

/** Codes that say something about the request or the record, not about the health of the storage. */
const expectedCodes: ReadonlySet<string> = new Set([
  'NOT_FOUND',
  'ALREADY_EXISTS',
  'INVALID_ARGUMENT',
  'CONFLICT',
  'CANCELLED',
  'UNSUPPORTED',
  'CLOSED',
])

/**
 * Runs one operation on one credential: refused once the manager is closed, traced, and when it fails told to the audit
 * and the log. What is not a HoldfastError becomes one.
 */
export const runOperation = <T>(
  core: ManagerCore,
  operation: string,
  id: string,
  context: CredentialContext | undefined,
  work: () => Promise<T>,
): Promise<T> => core.closer.run(operation, () => observed(core, operation, id, context, work))

/** {@link runOperation} for a part of an operation that is already running: it goes on after `close` was called. */
export const observed = async <T>(
  core: ManagerCore,
  operation: string,
  id: string,
  context: CredentialContext | undefined,
  work: () => Promise<T>,
): Promise<T> => {
  const span = core.tracer?.startSpan(`credential.${operation}`, {
    'credential.id': id,
    'credential.storage': core.storage.name,
  })
  try {
    const result = await within(span, work)
    span?.end()
    return result
  } catch (thrown) {
    const error = HoldfastError.is(thrown) ? thrown : unexpected(thrown, operation, id)
    span?.end({ code: error.code })
    tell(core, operation, id, context, error)
    throw error
  }
}

/** The same for a stream, which belongs to no single id. It fails with CLOSED once the manager is closed. */
export const observedStream = async function* <T>(
  core: ManagerCore,
  operation: string,
  context: CredentialContext | undefined,
  stream: () => AsyncIterable<T>,
): AsyncGenerator<T> {
  core.closer.throwIfClosed(operation)
  const span = core.tracer?.startSpan(`credential.${operation}`, { 'credential.storage': core.storage.name })
  let code: ErrorCode | undefined
  try {
    for await (const item of streamWithin(span, stream)) {
      core.closer.throwIfClosed(operation)
      yield item
    }
  } catch (thrown) {
    const error = HoldfastError.is(thrown) ? thrown : unexpected(thrown, operation, '')
    code = error.code
    tell(core, operation, '', context, error)
    throw error
  } finally {
    span?.end(code === undefined ? {} : { code })
  }
}

/** Runs work so that what it calls is traced as a part of it. */
const within = <T>(span: Span | undefined, work: () => T): T => (span?.run === undefined ? work() : span.run(work))

const streamWithin = <T>(span: Span | undefined, stream: () => AsyncIterable<T>): AsyncIterable<T> =>
  span?.run === undefined
    ? stream()
    : {
        [Symbol.asyncIterator]() {
          const iterator = within(span, () => stream()[Symbol.asyncIterator]())
          return {
            next: () => within(span, () => iterator.next()),
            return: async (value?: unknown) =>
              (await within(span, () => iterator.return?.(value))) ?? { done: true, value: undefined },
          }
        },
      }

const tell = (
  core: ManagerCore,
  operation: string,
  id: string,
  context: CredentialContext | undefined,
  error: HoldfastError,
): void => {
  // A violation has been told where it was found.
  if (error.reason === 'SCOPE_VIOLATION') return
  const fields = { credentialId: id, operation, code: error.code, reason: error.reason, storage: core.storage.name }
  if (expectedCodes.has(error.code)) core.logger.debug(fields, 'credential operation refused')
  else core.logger.error(fields, 'credential operation failed')
  core.audit.hub.emit('credential.failed', () => ({ ...core.audit.stamp(context), id, operation, code: error.code }))
}

const unexpected = (cause: unknown, operation: string, id: string): HoldfastError =>
  new HoldfastError({
    code: 'INTERNAL',
    source: 'credential-core',
    operation,
    message: `${operation} of ${JSON.stringify(id)} failed unexpectedly.`,
    hint: 'Look at the cause; a storage driver should throw HoldfastErrors only.',
    cause,
  })
