import { cancellationError, HoldfastError } from '@holdfast/contracts'
import { type Ancestor, CallAttempt } from './call-attempt.ts'
import type { Execute, Runnable } from './create-policy.ts'
import { Ending } from './ending.ts'
import type { ExecuteOptions } from './policy.ts'

/** The package as its errors name it. */
export const source = 'resilience'

/**
 * Makes calls reject at once when their signal is aborted; `execute` hears of it through the attempt it is given. The
 * listener is removed when the call has settled. Inside another policy, which does all that already, nothing is added.
 */
export const cancellable =
  (execute: Execute): Execute =>
  <T>(runnable: Runnable<T>, options: ExecuteOptions<T>, parent: Ancestor | undefined): Promise<T> => {
    if (parent !== undefined) {
      return parent.error === undefined ? execute(runnable, options, parent) : Promise.reject(parent.error)
    }
    const { signal } = options
    if (signal === undefined) return execute(runnable, options, undefined)
    if (signal.aborted) return Promise.reject(cancellationError(signal, siteOf(options)))
    return new Promise<T>((resolve, reject) => {
      const ending = new Ending()
      const onAbort = (): void => {
        const error = abandonedError(cancellationError(signal, siteOf(options)))
        reject(error)
        ending.end(error)
      }
      signal.addEventListener('abort', onAbort, { once: true })
      execute(runnable, options, new CallAttempt(options.attempt ?? 1, options.deadline, ending)).then(
        (value) => {
          signal.removeEventListener('abort', onAbort)
          if (ending.error === undefined) resolve(value)
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

/** The promise of what is run, also when it throws instead of rejecting. */
export const started = <T>(runnable: Runnable<T>, attempt: Ancestor): Promise<T> => {
  try {
    return Promise.resolve(typeof runnable === 'function' ? runnable(attempt) : runnable.start(attempt))
  } catch (error) {
    return Promise.reject(error)
  }
}
