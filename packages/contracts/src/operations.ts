/** Options common to all kinds of {@link Operation}. */
interface OperationBase {
  /** Position of the argument that names what is worked on (an id or a key); a breaker or a metric can go by it. */
  readonly key?: 0 | 1 | 2
  /** Position of the argument that is a `CallOptions`, through which a layer passes its signal and deadline on. */
  readonly options?: 0 | 1 | 2
}

/** A method that answers once, with a promise. */
export interface UnaryOperation extends OperationBase {
  readonly kind: 'unary'
  readonly effect: 'read' | 'write'
  /** Whether a second call with the same arguments leaves things as one call does, so that a repeat is safe. */
  readonly idempotent: boolean
  /** Gives back what a late result holds, when a timeout has already answered the caller (a late lease must be released). */
  readonly onAbandoned?: (result: unknown) => void
  /**
   * Asked by a layer that repeated a write and then met a CONFLICT, because an earlier attempt may have arrived although
   * its answer was lost: the result of that attempt if it did, else undefined. Gets the wrapped object and the arguments.
   */
  readonly confirm?: (inner: unknown, first: unknown, second: unknown, third: unknown) => Promise<unknown>
}

/** A method that answers with an async iterable. Layers may repeat it only before its first item. */
export interface StreamOperation extends OperationBase {
  readonly kind: 'stream'
  readonly effect: 'read' | 'write'
  readonly idempotent: boolean
  /** Whether it waits for what has not happened yet, as a watch does: that nothing comes is no failure. Default false. */
  readonly isLive?: boolean
}

/** A method that runs the caller's function inside itself. Layers never repeat it. */
export interface CallbackOperation extends OperationBase {
  readonly kind: 'callback'
  readonly effect: 'read' | 'write'
}

/** A method that does no I/O, or one that layers must leave alone, such as `close`. */
export interface LocalOperation {
  readonly kind: 'local'
}

/** What a layer must know of a method to treat it right. */
export type Operation = UnaryOperation | StreamOperation | CallbackOperation | LocalOperation

/** Keys of a contract whose value is a function, also where it is optional. */
export type FunctionKey<C> = {
  [K in keyof C]-?: NonNullable<C[K]> extends (...args: never[]) => unknown ? K : never
}[keyof C]

/**
 * Classifies every method of a contract, also the optional ones: a method that is missing here does not compile, so no
 * layer can meet one it knows nothing about.
 */
export type Operations<C> = { readonly [K in FunctionKey<C>]: Operation }
