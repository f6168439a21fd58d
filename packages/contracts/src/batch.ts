import { type CallSite, cancellationError } from './cancellation.ts'
import { HoldfastError } from './holdfast-error.ts'
import { createProblems } from './problems.ts'

/** What became of one item of a batch. */
export type BatchItem<T> =
  | { readonly id: string; readonly ok: true; readonly value: T }
  | { readonly id: string; readonly ok: false; readonly error: HoldfastError }

/** What became of a batch: one item for each input, in the order of the input. A failure never hides a success. */
export interface BatchResult<T> {
  readonly items: readonly BatchItem<T>[]
  readonly succeeded: number
  readonly failed: number
}

/** Options of {@link runBatch}. */
export interface BatchOptions extends CallSite {
  /** How many items are worked on at the same time: a whole number of at least 1, or Infinity. */
  readonly concurrency: number
  /** Starts no more items once aborted; those not started are CANCELLED in the result, which is still returned. */
  readonly signal?: AbortSignal | undefined
}

/**
 * Works on many items, `concurrency` at a time. Rejects only for ids that stand there twice (INVALID_ARGUMENT, reason
 * DUPLICATE_IDS) and for a concurrency that is none (OPTIONS_INVALID); everything else is in the result.
 */
export const runBatch = async <I, T>(
  items: readonly I[],
  idOf: (item: I) => string,
  work: (item: I) => Promise<T>,
  options: BatchOptions,
): Promise<BatchResult<T>> => {
  refuseDuplicates(items.map(idOf), options)
  refuseConcurrency(options)
  const results = new Array<BatchItem<T>>(items.length)
  let next = 0
  const runNext = async (): Promise<void> => {
    for (let index = next++; index < items.length; index = next++) {
      // index < items.length, and items are never sparse.
      const item = items[index] as I
      results[index] = options.signal?.aborted
        ? { id: idOf(item), ok: false, error: cancellationError(options.signal, options) }
        : await settle(item, idOf, work, options)
    }
  }
  await Promise.all(Array.from({ length: Math.min(options.concurrency, items.length) }, runNext))
  const succeeded = results.filter((result) => result.ok).length
  return { items: results, succeeded, failed: results.length - succeeded }
}

const settle = async <I, T>(
  item: I,
  idOf: (item: I) => string,
  work: (item: I) => Promise<T>,
  options: BatchOptions,
): Promise<BatchItem<T>> => {
  const id = idOf(item)
  try {
    return { id, ok: true, value: await work(item) }
  } catch (error) {
    return { id, ok: false, error: toError(error, id, options) }
  }
}

const toError = (error: unknown, id: string, options: BatchOptions): HoldfastError => {
  if (HoldfastError.is(error)) return error
  const { signal } = options
  return signal?.aborted && error === signal.reason
    ? cancellationError(signal, options)
    : unexpected(error, id, options)
}

const unexpected = (cause: unknown, id: string, { source, operation }: CallSite): HoldfastError =>
  new HoldfastError({
    code: 'INTERNAL',
    source,
    operation,
    message: `${operation} failed unexpectedly for ${JSON.stringify(id)}.`,
    hint: 'Look at the cause; if it comes from this library, report it.',
    cause,
  })

const refuseConcurrency = ({ concurrency, source, operation }: BatchOptions): void => {
  const problems = createProblems(source, operation)
  const holds = concurrency === Number.POSITIVE_INFINITY || (Number.isInteger(concurrency) && concurrency >= 1)
  problems.require(holds, 'concurrency', concurrency, 'a whole number of at least 1, or Infinity')
  problems.throwIfAny()
}

const refuseDuplicates = (ids: readonly string[], { source, operation }: CallSite): void => {
  const seen = new Set<string>()
  const duplicates = new Set<string>()
  for (const id of ids) (seen.has(id) ? duplicates : seen).add(id)
  if (duplicates.size === 0) return
  throw new HoldfastError({
    code: 'INVALID_ARGUMENT',
    reason: 'DUPLICATE_IDS',
    source,
    operation,
    message: `${operation} was given the same id more than once: ${[...duplicates]
      .slice(0, 10)
      .map((id) => JSON.stringify(id))
      .join(', ')}.`,
    hint: 'Pass each id once; the order of two writes in one batch would be undefined.',
    details: { ids: [...duplicates].slice(0, 100) },
  })
}
