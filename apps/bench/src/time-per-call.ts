import { median } from './median.ts'

/** Options of {@link timePerCall} and {@link timePerAsyncCall}. */
export interface TimePerCallOptions {
  /** Calls in one timed batch. Default 10,000. */
  readonly batch?: number
  /** Timed batches, of which the median counts. Default 60. */
  readonly batches?: number
  /** Batches before the first timed one, so that the compiler is done. Default 40. */
  readonly warmUp?: number
}

/**
 * Nanoseconds of one call, the median over many short batches: a batch that the machine interrupted does not count.
 * `run` makes all calls of a batch itself, so that no call through a function value is measured along; it answers
 * something that depends on every call, so that none is optimised away.
 */
export const timePerCall = (run: (calls: number) => unknown, options: TimePerCallOptions = {}): number => {
  const { batch = 10_000, batches = 60, warmUp = 40 } = options
  const nanoseconds: number[] = []
  for (let count = 0; count < warmUp + batches; count++) {
    const startedAt = process.hrtime.bigint()
    keep(run(batch))
    const elapsed = Number(process.hrtime.bigint() - startedAt)
    if (count >= warmUp) nanoseconds.push(elapsed / batch)
  }
  return median(nanoseconds)
}

/** The same for calls that answer with a promise; `run` awaits each call of the batch. */
export const timePerAsyncCall = async (
  run: (calls: number) => Promise<unknown>,
  options: TimePerCallOptions = {},
): Promise<number> => {
  const { batch = 2_000, batches = 40, warmUp = 20 } = options
  const nanoseconds: number[] = []
  for (let count = 0; count < warmUp + batches; count++) {
    const startedAt = process.hrtime.bigint()
    keep(await run(batch))
    const elapsed = Number(process.hrtime.bigint() - startedAt)
    if (count >= warmUp) nanoseconds.push(elapsed / batch)
  }
  return median(nanoseconds)
}

let kept: unknown
const keep = (value: unknown): void => {
  if (value === kept) kept = value
}
