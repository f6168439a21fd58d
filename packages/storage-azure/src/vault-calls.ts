import {
  abortable,
  type CallOptions,
  type Clock,
  type Closer,
  HoldfastError,
  throwIfAborted,
} from '@holdfast/contracts'
import { assertCredentialId } from '@holdfast/contracts/credentials'
import { innerCodeOf, notSettled, source, toHoldfastError } from './errors.ts'
import { settle } from './settle.ts'

/** What a call is about. */
export interface CallSubject {
  readonly id?: string
  readonly isWrite?: boolean
}

/** How every method of the storage speaks to the vault. */
export interface VaultCalls {
  /** What every call has in common: closed, checked, cancellable, and only errors of ours. */
  call<T>(
    operation: string,
    options: CallOptions,
    work: (abortSignal: AbortSignal) => Promise<T>,
    subject?: CallSubject,
  ): Promise<T>
  /** Walks through a listing of the client, one item at a time, each step a call. */
  walk<T>(
    operation: string,
    options: CallOptions,
    open: (abortSignal: AbortSignal) => AsyncIterableIterator<T>,
  ): AsyncGenerator<T>
  /** Looks until the vault has finished what it began. Errors: UNAVAILABLE when that takes too long. */
  settled<T>(operation: string, id: string, attempt: () => Promise<T | undefined>, signal: AbortSignal): Promise<T>
  /** Tries again while the vault is still busy with deleting the same name. */
  afterDeletion<T>(operation: string, id: string, attempt: () => Promise<T>, signal: AbortSignal): Promise<T>
}

/** Makes the {@link VaultCalls} of a storage. */
export const createVaultCalls = (closer: Closer, clock: Clock, settleTimeoutMs: number): VaultCalls => {
  /** What every call has in common: closed, checked, cancellable, and only errors of ours. */
  const call: VaultCalls['call'] = async (operation: string, { signal }: CallOptions, work, subject = {}) => {
    closer.throwIfClosed(operation)
    if (subject.id !== undefined) assertCredentialId(subject.id, source, operation)
    const site = { source, operation }
    throwIfAborted(signal, site)
    const abortSignal = signal === undefined ? closer.expired : AbortSignal.any([signal, closer.expired])
    const running = closer.run(operation, async () => {
      try {
        return await work(abortSignal)
      } catch (error) {
        throw toHoldfastError(error, { operation, ...subject })
      }
    })
    try {
      return await abortable(running, signal, site)
    } catch (error) {
      throw signal?.aborted && subject.isWrite ? withUnknownOutcome(error, operation, subject.id) : error
    }
  }

  /** Walks through a listing of the client, one item at a time, each step a call of ours. */
  const walk = async function* <T>(
    operation: string,
    callOptions: CallOptions,
    open: (abortSignal: AbortSignal) => AsyncIterableIterator<T>,
  ): AsyncGenerator<T> {
    const left = new AbortController()
    const signal = AbortSignal.any([
      left.signal,
      closer.expired,
      ...(callOptions.signal === undefined ? [] : [callOptions.signal]),
    ])
    const items = open(signal)
    try {
      for (;;) {
        const { done, value } = await call(operation, callOptions, () => items.next())
        if (done === true) return
        yield value
      }
    } finally {
      left.abort()
    }
  }

  const settled = <T>(
    operation: string,
    id: string,
    attempt: () => Promise<T | undefined>,
    signal: AbortSignal,
  ): Promise<T> =>
    settle(attempt, { clock, timeoutMs: settleTimeoutMs, operation, signal }).then((result) => {
      if (result === undefined) throw notSettled(operation, id)
      return result
    })

  /** Tries again while the vault is still busy with deleting the same name. */
  const afterDeletion = <T>(
    operation: string,
    id: string,
    attempt: () => Promise<T>,
    signal: AbortSignal,
  ): Promise<T> =>
    settled(
      operation,
      id,
      async () => {
        try {
          return { value: await attempt() }
        } catch (error) {
          if (innerCodeOf(error) === 'ObjectIsBeingDeleted') return undefined
          throw error
        }
      },
      signal,
    ).then(({ value }) => value)

  return { call, walk, settled, afterDeletion }
}

const withUnknownOutcome = (error: unknown, operation: string, id: string | undefined): unknown => {
  if (!HoldfastError.is(error)) return error
  return new HoldfastError({
    code: error.code,
    source,
    operation,
    message: `${operation} of ${JSON.stringify(id)} was given up after it had been sent.`,
    hint: 'It may have happened: read the credential to know.',
    details: { ...error.details, outcome: 'unknown' },
    cause: error,
    ...(error.reason === undefined ? {} : { reason: error.reason }),
  })
}
