import { type Clock, systemClock } from './clock.ts'
import { HoldfastError } from './holdfast-error.ts'

/** Options of `close`. */
export interface CloseOptions {
  /** How long calls in flight may go on before they reject with CLOSED, in milliseconds. Default 5000. */
  readonly deadlineMs?: number
}

/** Something that holds resources until it is closed. Instances that were passed in are their owner's to close. */
export interface Closeable {
  /**
   * Refuses new calls with CLOSED, lets those in flight finish until the deadline, then rejects them with CLOSED.
   * Resolves when all have settled. A second call returns the same promise.
   */
  close(options?: CloseOptions): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/** Default of {@link CloseOptions.deadlineMs}: half of the ten seconds that container runtimes wait before they kill. */
export const defaultCloseDeadlineMs = 5000

/** Keeps the promise of {@link Closeable} for an object with asynchronous calls. */
export interface Closer extends Closeable {
  readonly isClosed: boolean
  /** Aborted (with a CLOSED error as reason) when closing begins: for endless work such as a watch. */
  readonly closing: AbortSignal
  /** Aborted (with a CLOSED error as reason) when the deadline of `close` has passed: for work that can be interrupted. */
  readonly expired: AbortSignal
  /** Throws CLOSED when `close` was called. */
  throwIfClosed(operation: string): void
  /** Runs a call that `close` waits for. */
  run<T>(operation: string, work: () => Promise<T>): Promise<T>
}

/** What a {@link Closer} is made of. */
export interface CloserOptions {
  /** The package that speaks in CLOSED errors. */
  readonly source: string
  readonly clock?: Clock
  /** Releases what is held, after the last call has settled. */
  readonly release?: () => Promise<void> | void
}

/** Makes a {@link Closer}. */
export const createCloser = ({ source, clock = systemClock, release }: CloserOptions): Closer => {
  const closing = new AbortController()
  const expired = new AbortController()
  const calls = new Set<Call>()
  let closed: Promise<void> | undefined
  let whenIdle: (() => void) | undefined

  const closedError = (operation: string): HoldfastError =>
    new HoldfastError({
      code: 'CLOSED',
      source,
      operation,
      message: `${operation} was called on a ${source} that is closed.`,
      hint: 'Create a new instance, or close this one only after its last call.',
    })

  const settle = (call: Call): void => {
    if (calls.delete(call) && calls.size === 0) whenIdle?.()
  }

  const finish = async (deadlineMs: number): Promise<void> => {
    closing.abort(closedError('close'))
    if (calls.size > 0) {
      const idle = new Promise<void>((resolve) => {
        whenIdle = resolve
      })
      const timer = clock.setTimer(
        () => {
          expired.abort(closedError('close'))
          for (const call of [...calls]) {
            call.reject(closedError(call.operation))
            settle(call)
          }
        },
        deadlineMs,
        { keepAlive: true },
      )
      await idle
      timer.cancel()
    }
    await release?.()
  }

  const closer: Closer = {
    get isClosed() {
      return closed !== undefined
    },
    closing: closing.signal,
    expired: expired.signal,
    throwIfClosed(operation) {
      if (closed !== undefined) throw closedError(operation)
    },
    run<T>(operation: string, work: () => Promise<T>): Promise<T> {
      if (closed !== undefined) return Promise.reject(closedError(operation))
      return new Promise<T>((resolve, reject) => {
        const call: Call = { operation, reject }
        calls.add(call)
        let started: Promise<T>
        try {
          started = work()
        } catch (error) {
          started = Promise.reject(error)
        }
        started.then(resolve, reject).finally(() => settle(call))
      })
    },
    close({ deadlineMs = defaultCloseDeadlineMs } = {}) {
      closed ??= finish(deadlineMs)
      return closed
    },
    [Symbol.asyncDispose]() {
      return closer.close()
    },
  }
  return closer
}

interface Call {
  readonly operation: string
  readonly reject: (error: HoldfastError) => void
}
