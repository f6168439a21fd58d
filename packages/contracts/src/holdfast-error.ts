import { type ErrorCode, isTransientCode } from './error-code.ts'
import type { ErrorReason } from './error-reason.ts'
import { type SafeCause, toSafeCause } from './safe-cause.ts'

const brand: unique symbol = Symbol.for('holdfast.error.v1')

const originals = new WeakMap<object, unknown>()

/** A value that may stand in an error's details: data for machines and dashboards, never a credential's value. */
export type ErrorDetail =
  | string
  | number
  | boolean
  | null
  | undefined
  | readonly ErrorDetail[]
  | { readonly [name: string]: ErrorDetail }

/** What a {@link HoldfastError} is made of. */
export interface HoldfastErrorOptions {
  readonly code: ErrorCode
  /** What failed and on what, as a sentence ending in a full stop, without any secret, value or connection string. */
  readonly message: string
  /** What the reader can do next, as a sentence. It becomes the end of the error's message. */
  readonly hint: string
  /** The package that speaks, without the scope: `storage-local`. */
  readonly source: string
  /** The contract's method that failed: `store`. */
  readonly operation: string
  readonly reason?: ErrorReason
  /** Whether the same request may succeed later. Default: true for RATE_LIMITED, UNAVAILABLE and TIMEOUT. */
  readonly retryable?: boolean
  /** How long the other side asked to wait, in milliseconds (Retry-After). */
  readonly retryAfterMs?: number
  readonly details?: Readonly<Record<string, ErrorDetail>>
  /** The error underneath. Only an allow-listed copy is kept in `cause`; `originalError(error)` gives the real one. */
  readonly cause?: unknown
}

/**
 * The one error class of Holdfast. Branch on `code` and `reason`, never on the message or the class, and recognise it
 * with `HoldfastError.is(error, code?)`, which also works when an application has two copies of this package.
 *
 * `retryable` says that the same request may succeed later; whether it is safe to repeat belongs to the operation.
 */
export class HoldfastError extends Error {
  // On the prototype, so that the stack, which is written while the error is built, begins with it.
  declare readonly name: 'HoldfastError'
  readonly code: ErrorCode
  readonly source: string
  readonly operation: string
  readonly retryable: boolean
  readonly retryAfterMs: number | undefined
  readonly reason: ErrorReason | undefined
  readonly hint: string
  readonly details: Readonly<Record<string, ErrorDetail>>
  declare readonly cause: HoldfastError | SafeCause | undefined

  constructor(options: HoldfastErrorOptions) {
    super(`${options.message} ${options.hint}`)
    this.code = options.code
    this.source = options.source
    this.operation = options.operation
    this.retryable = options.retryable ?? isTransientCode(options.code)
    this.retryAfterMs = options.retryAfterMs
    this.reason = options.reason
    this.hint = options.hint
    this.details = Object.freeze({ ...options.details })
    if (options.cause !== undefined) {
      originals.set(this, options.cause)
      const cause = HoldfastError.is(options.cause) ? options.cause : toSafeCause(options.cause)
      Object.defineProperty(this, 'cause', { value: cause, configurable: true })
    }
  }

  static {
    Object.defineProperty(HoldfastError.prototype, brand, { value: true })
    Object.defineProperty(HoldfastError.prototype, 'name', {
      value: 'HoldfastError',
      configurable: true,
      writable: true,
    })
  }

  /** Tells a Holdfast error from anything else that was thrown and, given a code, one of that code; works across copies of this package. */
  static is<C extends ErrorCode>(error: unknown, code?: C): error is HoldfastError & { readonly code: C } {
    if (typeof error !== 'object' || error === null || !(brand in error)) return false
    return code === undefined || Reflect.get(error, 'code') === code
  }

  /** Everything the error says, as plain data for a structured log. */
  toJSON(): HoldfastErrorJson {
    return {
      name: this.name,
      code: this.code,
      source: this.source,
      operation: this.operation,
      message: this.message,
      hint: this.hint,
      retryable: this.retryable,
      ...(this.retryAfterMs === undefined ? {} : { retryAfterMs: this.retryAfterMs }),
      ...(this.reason === undefined ? {} : { reason: this.reason }),
      details: this.details,
      ...(this.cause === undefined ? {} : { cause: HoldfastError.is(this.cause) ? this.cause.toJSON() : this.cause }),
    }
  }
}

/** The plain data of a {@link HoldfastError}. */
export interface HoldfastErrorJson {
  readonly name: string
  readonly code: ErrorCode
  readonly source: string
  readonly operation: string
  readonly message: string
  readonly hint: string
  readonly retryable: boolean
  readonly retryAfterMs?: number
  readonly reason?: ErrorReason
  readonly details: Readonly<Record<string, ErrorDetail>>
  readonly cause?: HoldfastErrorJson | SafeCause
}

/**
 * The error that a client library really threw, for a debugger's eyes: it may hold headers, bodies and row values, so
 * never log it. Undefined when there was none, or when another copy of this package made the error.
 */
export const originalError = (error: unknown): unknown =>
  typeof error === 'object' && error !== null ? originals.get(error) : undefined
