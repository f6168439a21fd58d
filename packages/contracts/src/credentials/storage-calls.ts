import type { CallOptions } from '../call-options.ts'
import { abortable, throwIfAborted } from '../cancellation.ts'
import { HoldfastError } from '../holdfast-error.ts'
import type { Closer } from '../lifecycle.ts'
import { assertCredentialId } from './credential-id.ts'

/** What a call of a driver is about. */
export interface CallSubject {
  /** The credential it names; checked before anything is sent. */
  readonly id?: string
  /** Whether it changes something: given up after it was sent, it may have happened. Read at that moment, so it may be a getter that knows whether it was sent. */
  readonly isWrite?: boolean
}

/** What {@link createStorageCalls} needs. */
export interface StorageCallsOptions {
  /** The package that speaks. */
  readonly source: string
  readonly closer: Closer
  /** The driver's one translation of what its backend throws. */
  readonly toError: (error: unknown, call: CallSubject & { readonly operation: string }) => HoldfastError
}

/** How the methods of a driver speak to its backend. */
export interface StorageCalls {
  /** One call: refused when closed, checked, given up at once when it is aborted, and failing with errors of ours only. `close` waits for the work itself. */
  call<T>(
    operation: string,
    options: CallOptions,
    work: (signal: AbortSignal) => Promise<T>,
    subject?: CallSubject,
  ): Promise<T>
  /** Walks through a listing of the backend, each step a call. Leaving it aborts what is under way. */
  walk<T>(
    operation: string,
    options: CallOptions,
    open: (signal: AbortSignal) => AsyncIterator<T>,
  ): AsyncGenerator<T, void>
}

/** Makes the {@link StorageCalls} of a driver. */
export const createStorageCalls = ({ source, closer, toError }: StorageCallsOptions): StorageCalls => {
  const call: StorageCalls['call'] = async (operation, { signal }, work, subject = {}) => {
    closer.throwIfClosed(operation)
    if (subject.id !== undefined) assertCredentialId(subject.id, source, operation)
    const site = { source, operation }
    throwIfAborted(signal, site)
    const ended = signal === undefined ? closer.expired : AbortSignal.any([signal, closer.expired])
    const running = closer.run(operation, async () => {
      try {
        return await work(ended)
      } catch (error) {
        throw toError(error, { operation, ...subject })
      }
    })
    try {
      return await abortable(running, signal, site)
    } catch (error) {
      throw signal?.aborted === true && subject.isWrite === true && HoldfastError.is(error)
        ? withUnknownOutcome(error, source, operation, subject.id)
        : error
    }
  }
  return {
    call,
    async *walk(operation, options, open) {
      const left = new AbortController()
      const signals = [left.signal, closer.expired, ...(options.signal === undefined ? [] : [options.signal])]
      const items = open(AbortSignal.any(signals))
      try {
        for (;;) {
          const item = await call(operation, options, () => items.next())
          if (item.done === true) return
          yield item.value
        }
      } finally {
        left.abort()
      }
    },
  }
}

const withUnknownOutcome = (
  error: HoldfastError,
  source: string,
  operation: string,
  id: string | undefined,
): HoldfastError =>
  new HoldfastError({
    code: error.code,
    source,
    operation,
    message: `${operation}${id === undefined ? '' : ` of ${JSON.stringify(id)}`} was given up after it had been sent.`,
    hint: 'It may have happened: read the credential to know.',
    details: { ...error.details, outcome: 'unknown' },
    cause: error,
    ...(error.reason === undefined ? {} : { reason: error.reason }),
  })
