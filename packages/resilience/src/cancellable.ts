import { cancellationError, HoldfastError } from '@holdfast/contracts'
import { CallAttempt } from './call-attempt.ts'
import type { ExecuteOptions } from './policy.ts'

/** The package as its errors name it. */
export const source = 'resilience'

/**
 * Runs a call so that it rejects at once when its signal is aborted, and hears of it through the attempt it is given. The
 * listener is removed when the call has settled. Inside another policy, which does all that already, nothing is added.
 */
export const cancellable = <T>(
  options: ExecuteOptions<T>,
  parent: CallAttempt | undefined,
  run: (parent: CallAttempt | undefined) => Promise<T>,
): Promise<T> => {
  if (parent !== undefined) return parent.error === undefined ? run(parent) : Promise.reject(parent.error)
  const { signal } = options
  if (signal === undefined) return run(undefined)
  if (signal.aborted) return Promise.reject(cancellationError(signal, siteOf(options)))
  return new Promise<T>((resolve, reject) => {
    const attempt = new CallAttempt(options.attempt ?? 1, options.deadline)
    const onAbort = (): void => {
      const error = abandonedError(cancellationError(signal, siteOf(options)))
      reject(error)
      attempt.abort(error)
    }
    signal.addEventListener('abort', onAbort, { once: true })
    run(attempt).then(
      (value) => {
        signal.removeEventListener('abort', onAbort)
        if (attempt.error === undefined) resolve(value)
        else abandon(options, value)
      },
      (error) => {
        signal.removeEventListener('abort', onAbort)
        reject(error)
      },
    )
  })
}

/** Hands a result that came too late to whoever can give back what it holds. */
export const abandon = <T>(options: ExecuteOptions<T>, value: T): void => {
  try {
    options.onAbandoned?.(value)
  } catch {
    // The caller has got the error of the call already; nobody is left to hear of this one.
  }
}

/** The same error, saying that nobody knows whether the work had its effect. */
export const abandonedError = (error: HoldfastError): HoldfastError =>
  error.details.outcome === undefined && (error.code === 'CANCELLED' || error.code === 'TIMEOUT')
    ? new HoldfastError({
        code: error.code,
        ...(error.reason === undefined ? {} : { reason: error.reason }),
        source: error.source,
        operation: error.operation,
        message: error.message.slice(0, -error.hint.length - 1),
        hint: error.hint,
        details: { ...error.details, outcome: 'unknown' },
      })
    : error

/** Where an error of a call comes from. */
export const siteOf = ({
  operation = 'execute',
}: {
  readonly operation?: string | undefined
}): {
  readonly source: string
  readonly operation: string
} => ({ source, operation })

/** The promise of the work, also when it throws instead of rejecting. */
export const started = <T>(work: (attempt: CallAttempt) => Promise<T>, attempt: CallAttempt): Promise<T> => {
  try {
    return Promise.resolve(work(attempt))
  } catch (error) {
    return Promise.reject(error)
  }
}
