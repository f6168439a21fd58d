import type { Operations } from '@holdfast/contracts'
import { credentialStorageOperations } from '@holdfast/contracts/credentials'

/** What spans, log lines and events call the thing that is called. */
export interface CallTargetOptions {
  /** The package: `storage-vault`. Default: the first word of the wrapped object's `name`. */
  readonly package?: string | undefined
  /** What it is bound to: a host, a folder, a region. Default: what its `name` says in parentheses, or else the package. */
  readonly backend?: string | undefined
  /**
   * What the key of an operation is the id of: with `document` spans carry `document.id`, log lines `documentId`. Default
   * `credential` for credential storages. For everything else keys are left out, because keys of a cache may be tokens.
   */
  readonly subject?: string | undefined
}

/** {@link CallTargetOptions} with the defaults filled in for one wrapped object. */
export interface CallTarget {
  readonly package: string
  readonly backend: string
  readonly subject: string | undefined
  /** Whether it is given and gives credential records, whose scope may be told. What other contracts handle is a value. */
  readonly hasRecords: boolean
}

/** Tells what the wrapped object is, from the options or else from its `name`: `storage-local (/var/lib/app)`. */
export const callTargetOf = <C>(inner: unknown, operations: Operations<C>, options: CallTargetOptions): CallTarget => {
  const name: unknown = typeof inner === 'object' && inner !== null ? Reflect.get(inner, 'name') : undefined
  const [, word = 'unknown', place] = /^(\S+)(?:\s+\((.*)\))?/s.exec(typeof name === 'string' ? name : '') ?? []
  const table: unknown = operations
  const hasRecords = table === credentialStorageOperations
  return {
    package: options.package ?? word,
    backend: options.backend ?? place ?? options.package ?? word,
    subject: options.subject ?? (hasRecords ? 'credential' : undefined),
    hasRecords,
  }
}
