import type { ErrorCode } from '@holdfast/contracts'

/**
 * What is published of one operation: the same object from start to end, so that a subscriber can keep what it knows of
 * a call in a WeakMap by it. Never an argument, a result or a raw error, unlike `tracePromise` of Node, which publishes
 * both.
 */
export interface OperationMessage {
  readonly package: string
  readonly backend: string
  readonly operation: string
  readonly kind: 'unary' | 'stream' | 'callback'
  readonly effect: 'read' | 'write'
  /** What the operation works on, if the layer knows what its key is: a credential's id. */
  readonly id: string | undefined
  readonly scope: string | undefined
  readonly tenant: string | undefined
  /** Present when it failed: by code, or by the name of the error's class. */
  error?: OperationError
  /** Of a stream: how many items it gave. */
  items?: number
}

/** What may be told of a failure. */
export interface OperationError {
  /** The code of a HoldfastError, else the name of the error's class. */
  readonly type: string
  readonly code: ErrorCode | undefined
  readonly reason: string | undefined
}
