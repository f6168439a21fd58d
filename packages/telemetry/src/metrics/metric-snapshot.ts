import type { MetricLabels } from '@holdfast/contracts'

/** What every metric has when it is read. */
interface SnapshotBase {
  readonly name: string
  readonly help: string
  /** The unit that the name ends with (`seconds`, `bytes`, `ratio` …), if any. */
  readonly unit: string | undefined
}

/** What every series is. */
interface SeriesBase {
  readonly labels: MetricLabels
  /** Since when it counts, on the wall clock in milliseconds. */
  readonly since: number
}

/** One series of a counter or a gauge. */
export interface NumberSeries extends SeriesBase {
  /** What comes before the value in both text formats, a space at the end: `name{a="1"} `. */
  readonly line: string
}

/** What comes before the values of one series of a histogram in both text formats. */
export interface HistogramLines {
  /** Up to the bound: `name_bucket{a="1",le="`. */
  readonly bucket: string
  /** A space at the end: `name_sum{a="1"} `. */
  readonly sum: string
  readonly count: string
}

/** One series of a histogram. */
export interface HistogramSeries extends SeriesBase {
  readonly lines: HistogramLines
}

/** A counter or a gauge with the values that all its series had at one moment. */
export interface NumberSnapshot extends SnapshotBase {
  readonly kind: 'counter' | 'gauge'
  readonly series: readonly NumberSeries[]
  /** The value of each series, in their order. */
  readonly values: Float64Array
}

/** A histogram with the values that all its series had at one moment. */
export interface HistogramSnapshot extends SnapshotBase {
  readonly kind: 'histogram'
  /** Upper bounds of the buckets, rising. */
  readonly bounds: readonly number[]
  readonly series: readonly HistogramSeries[]
  /** How many values fell into each bucket alone, series after series: one for each bound, and one for what lies above. */
  readonly counts: Float64Array
  /** The sum of each series, in their order. */
  readonly sums: Float64Array
}

/** A metric with the values that all its series had at one moment: what a series is never changes, so only numbers are copied. */
export type MetricSnapshot = NumberSnapshot | HistogramSnapshot
