import type { Histogram, MetricLabels } from '@holdfast/contracts'
import type { HistogramLines } from './metric-snapshot.ts'

/** One series of a histogram. */
export class BoundHistogram implements Histogram {
  readonly labels: MetricLabels
  readonly lines: HistogramLines
  readonly since: number
  readonly #bounds: Float64Array
  readonly #counts: Float64Array
  #sum = 0

  constructor(labels: MetricLabels, lines: HistogramLines, since: number, bounds: Float64Array) {
    this.labels = labels
    this.lines = lines
    this.since = since
    this.#bounds = bounds
    this.#counts = new Float64Array(bounds.length + 1)
  }

  record(value: number): void {
    // Infinity and NaN would make the sum useless for ever.
    if (!Number.isFinite(value)) return
    const bounds = this.#bounds
    let bucket = 0
    // From below, one by one: what is measured often is fast, and a binary search mispredicts its branches.
    while (bucket < bounds.length && value > (bounds[bucket] ?? 0)) bucket++
    // There is one count more than bounds.
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1
    this.#sum += value
  }

  /** Writes how many values fell into each bucket alone, the last one above every bound, from this position on. */
  copyCounts(into: Float64Array, position: number): void {
    into.set(this.#counts, position)
  }

  get sum(): number {
    return this.#sum
  }
}
