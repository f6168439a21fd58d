import { HoldfastError } from './holdfast-error.ts'

/** The package and method that an error speaks for. */
export interface CallSite {
  readonly source: string
  readonly operation: string
}

/** The error of a call whose signal was aborted: TIMEOUT when the reason is a TimeoutError, the reason itself when it is one of ours, else CANCELLED. */
export const cancellationError = (signal: AbortSignal, { source, operation }: CallSite): HoldfastError => {
  const reason: unknown = signal.reason
  if (HoldfastError.is(reason)) return reason
  const timedOut = typeof reason === 'object' && reason !== null && Reflect.get(reason, 'name') === 'TimeoutError'
  return timedOut
    ? new HoldfastError({
        code: 'TIMEOUT',
        reason: 'DEADLINE_EXCEEDED',
        source,
        operation,
        message: `${operation} was not done when its signal timed out.`,
        hint: 'Give it more time, or look at what the backend is waiting for.',
      })
    : new HoldfastError({
        code: 'CANCELLED',
        source,
        operation,
        message: `${operation} was cancelled by its signal.`,
        hint: 'Call again with a signal that is not aborted if the result is still wanted.',
      })
}

/** Throws the {@link cancellationError} of a signal that is aborted already. */
export const throwIfAborted = (signal: AbortSignal | undefined, site: CallSite): void => {
  if (signal?.aborted) throw cancellationError(signal, site)
}

/**
 * Settles like `work`, or rejects at once when the signal is aborted first. The listener is removed either way. `work`
 * itself goes on: pass it the same signal when it can stop.
 */
export const abortable = <T>(work: Promise<T>, signal: AbortSignal | undefined, site: CallSite): Promise<T> => {
  if (signal === undefined) return work
  return new Promise<T>((resolve, reject) => {
    const onAbort = (): void => reject(cancellationError(signal, site))
    if (signal.aborted) {
      work.catch(() => {})
      onAbort()
      return
    }
    signal.addEventListener('abort', onAbort, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort))
  })
}
