/** The heap at one moment. */
export interface HeapSample {
  readonly atMs: number
  readonly bytes: number
}

/** The heap in use after garbage was collected. */
export const sampleHeap = (startedAt: number): HeapSample => {
  if (globalThis.gc === undefined) throw new Error('Run Node with --expose-gc to weigh the heap.')
  globalThis.gc()
  return { atMs: performance.now() - startedAt, bytes: process.memoryUsage().heapUsed }
}

/** How much the heap grows in a minute, in per cent of its mean: the straight line that fits the samples best. */
export const heapSlope = (samples: readonly HeapSample[]): number => {
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length
  const meanAt = mean(samples.map(({ atMs }) => atMs))
  const meanBytes = mean(samples.map(({ bytes }) => bytes))
  const spread = samples.reduce((sum, { atMs }) => sum + (atMs - meanAt) ** 2, 0)
  const covariance = samples.reduce((sum, { atMs, bytes }) => sum + (atMs - meanAt) * (bytes - meanBytes), 0)
  return ((covariance / spread) * 60_000 * 100) / meanBytes
}
