import { type Clock, systemClock } from './clock.ts'
import { HoldfastError } from './holdfast-error.ts'

/** Options of `close`. */
export interface CloseOptions {
  /** How long calls in flight may go on before they reject with CLOSED, in milliseconds: 0 for not at all, Infinity for as long as they take. Default 5000. */
  readonly deadlineMs?: number
}

/** Something that holds resources until it is closed. Instances that were passed in are their owner's to close. */
export interface Closeable {
  /**
   * Refuses new calls with CLOSED, lets those in flight finish until the deadline, then rejects them with CLOSED and
   * `details.outcome: 'unknown'`, because a write among them may still happen.
   * Resolves when all have settled and what was held is released. A second call returns the same promise.
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
  /** Releases what is held, once, after the last call has settled; `close` rejects with what it throws. */
  readonly release?: () => Promise<void> | void
}

/** Makes a {@link Closer}. */
export const createCloser = ({ source, clock = systemClock, release }: CloserOptions): Closer => {
  const closing = new AbortController()
  const expired = new AbortController()
  const calls = new Set<Call>()
  let closed: Promise<void> | undefined
  let whenIdle: (() => void) | undefined

  const closedError = (operation: string, message: string, details: { readonly outcome?: 'unknown' } = {}) =>
    new HoldfastError({
      code: 'CLOSED',
      source,
      operation,
      message,
      details,
      hint: 'Create a new instance, or close this one only after its last call.',
    })
  const lateError = (operation: string): HoldfastError =>
    closedError(operation, `${operation} was called on a ${source} that is closed.`)
  const interruptedError = (operation: string): HoldfastError =>
    closedError(operation, `${operation} was not done when the ${source} was closed.`, { outcome: 'unknown' })

  const settle = (call: Call): void => {
    if (calls.delete(call) && calls.size === 0) whenIdle?.()
  }

  const interruptAll = (): void => {
    expired.abort(interruptedError('close'))
    for (const call of [...calls]) {
      call.reject(interruptedError(call.operation))
      settle(call)
    }
  }

  const finish = async (deadlineMs: number): Promise<void> => {
    closing.abort(interruptedError('close'))
    if (calls.size > 0) {
      const idle = Promise.withResolvers<void>()
      whenIdle = idle.resolve
      const timer = clock.setTimer(interruptAll, deadlineMs, { keepAlive: true })
      await idle.promise
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
      if (closed !== undefined) throw lateError(operation)
    },
    run<T>(operation: string, work: () => Promise<T>): Promise<T> {
      if (closed !== undefined) return Promise.reject(lateError(operation))
      return new Promise<T>((resolve, reject) => {
        const call: Call = { operation, reject }
        calls.add(call)
        started(work).then(
          (value) => {
            settle(call)
            resolve(value)
          },
          (error) => {
            settle(call)
            reject(error)
          },
        )
      })
    },
    close({ deadlineMs = defaultCloseDeadlineMs } = {}) {
      if (closed !== undefined) return closed
      if (!(deadlineMs >= 0)) return Promise.reject(deadlineProblem(source, deadlineMs))
      const whenClosed = Promise.withResolvers<void>()
      // Set before anything is told of it: a listener of `closing` that calls `run` or `close` must find it closed.
      closed = whenClosed.promise
      finish(deadlineMs).then(whenClosed.resolve, whenClosed.reject)
      return closed
    },
    [Symbol.asyncDispose]() {
      return closer.close()
    },
  }
  return closer
}

/** The promise of a call, also when it throws instead of rejecting. */
const started = <T>(work: () => Promise<T>): Promise<T> => {
  try {
    return Promise.resolve(work())
  } catch (error) {
    return Promise.reject(error)
  }
}

const deadlineProblem = (source: string, deadlineMs: number): HoldfastError =>
  new HoldfastError({
    code: 'INVALID_ARGUMENT',
    reason: 'OPTIONS_INVALID',
    source,
    operation: 'close',
    message: `close was given a deadlineMs of ${deadlineMs}, which is not a number of milliseconds.`,
    hint: 'Pass 0 or more, or Infinity to wait for every call; nothing was closed.',
  })

interface Call {
  readonly operation: string
  readonly reject: (error: HoldfastError) => void
}
