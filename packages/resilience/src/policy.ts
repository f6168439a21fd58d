import type { CallOptions, Layer, Operations } from '@holdfast/contracts'

/** What a policy tells the function that it runs. */
export interface Attempt {
  /** 1 for the first, 2 for the first retry, and so on. */
  readonly attempt: number
  /** When the call must be over, on the monotonic clock in milliseconds; undefined when nothing limits it. */
  readonly deadline: number | undefined
  /** Aborted when the call was cancelled or ran out of time. It is built when it is first read, so leave it alone where nothing can stop. */
  readonly signal: AbortSignal
}

/** The function that a policy runs, once or several times. */
export type Work<T> = (attempt: Attempt) => Promise<T>

/** Options of {@link Policy.execute}. An {@link Attempt} is one too, so policies nest: `retry.execute((attempt) => timeout.execute(work, attempt))`. */
export interface ExecuteOptions<T> extends CallOptions {
  /** How errors, logs and events call the work. Default `execute`. */
  readonly operation?: string | undefined
  /** What is worked on: a host, a secret store. A breaker with `perKey` keeps them apart. */
  readonly key?: string | undefined
  /** Whether the work may be run again after a failure. Default true: who wraps it in a retry says so. */
  readonly idempotent?: boolean | undefined
  /** Which attempt of a policy further out this is. Default 1. */
  readonly attempt?: number | undefined
  /** Gives back what a late result holds, when the caller has got an error already. */
  readonly onAbandoned?: ((result: T) => void) | undefined
  /** Asked after a CONFLICT that follows a failed attempt: the result if that attempt had its effect after all, else undefined. */
  readonly confirm?: (() => Promise<T | undefined>) | undefined
}

/** Something that runs functions in a certain way, and makes layers that do so with the methods of a contract. */
export interface Policy {
  /** Runs the work. When the signal is aborted it rejects with CANCELLED at once, whatever the work does. */
  execute<T>(work: Work<T>, options?: ExecuteOptions<T>): Promise<T>
  /** A layer for any contract that has an operation table. All layers and calls of one policy share its state. */
  layer<C>(operations: Operations<C>): Layer<C>
}
