import { median } from './median.ts'

/** Options of {@link timePerCall} and {@link timePerAsyncCall}. */
export interface TimePerCallOptions {
  /** Calls in one timed batch. Default 10,000. */
  readonly batch?: number
  /** Timed batches, of which the median counts. Default 60. */
  readonly batches?: number
  /** Batches before the first timed one, so that the compiler is done. Default 40. */
  readonly warmUp?: number
  /** How long the batches before the first timed one take at least, in milliseconds: a compiler that shares its cores needs time more than calls. Default 0. */
  readonly warmUpMs?: number
  /** Calls in one timed batch are as many as take about this long, in milliseconds, so that slow calls are interrupted as seldom as fast ones. Default: `batch` decides. */
  readonly batchMs?: number
  /** Which of the timed batches counts where calls are awaited: 0.5 is the median; less where a busy machine interrupts most of them. Default 0.5. */
  readonly quantile?: number
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
  const { batch = 2_000, batches = 40, warmUp = 20, warmUpMs = 0, batchMs, quantile = 0.5 } = options
  const warmUpStartedAt = performance.now()
  let warmedUp = 0
  while (warmedUp < warmUp || performance.now() < warmUpStartedAt + warmUpMs) {
    keep(await run(batch))
    warmedUp += 1
  }
  const callMs = (performance.now() - warmUpStartedAt) / (warmedUp * batch)
  const calls = batchMs === undefined ? batch : Math.max(10, Math.round(batchMs / callMs))
  const nanoseconds: number[] = []
  for (let count = 0; count < batches; count++) {
    const startedAt = process.hrtime.bigint()
    keep(await run(calls))
    nanoseconds.push(Number(process.hrtime.bigint() - startedAt) / calls)
  }
  if (quantile === 0.5) return median(nanoseconds)
  return nanoseconds.toSorted((a, b) => a - b)[Math.floor(nanoseconds.length * quantile)] ?? Number.NaN
}

let kept: unknown
const keep = (value: unknown): void => {
  if (value === kept) kept = value
}
