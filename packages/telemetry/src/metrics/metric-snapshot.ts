import type { MetricLabels } from '@holdfast/contracts'

/** What every metric has when it is read. */
interface SnapshotBase {
  readonly name: string
  readonly help: string
  /** The unit that the name ends with (`seconds`, `bytes`, `ratio` …), if any. */
  readonly unit: string | undefined
}

/** What every series has when it is read. */
interface SeriesBase {
  readonly labels: MetricLabels
  /** Since when it counts, on the wall clock in milliseconds. */
  readonly since: number
}

/** The value of one series of a counter or a gauge. */
export interface NumberSeries extends SeriesBase {
  /** What comes before the value in both text formats, a space at the end: `name{a="1"} `. */
  readonly line: string
  readonly value: number
}

/** What comes before the values of one series of a histogram in both text formats. */
export interface HistogramLines {
  /** Up to the bound: `name_bucket{a="1",le="`. */
  readonly bucket: string
  /** A space at the end: `name_sum{a="1"} `. */
  readonly sum: string
  readonly count: string
}

/** The values of one series of a histogram. */
export interface HistogramSeries extends SeriesBase {
  readonly lines: HistogramLines
  /** How many values fell into each bucket alone; the last one is for what lies above every bound. */
  readonly counts: ArrayLike<number>
  readonly sum: number
}

/** A counter or a gauge with all its series, as they were at one moment. */
export interface NumberSnapshot extends SnapshotBase {
  readonly kind: 'counter' | 'gauge'
  readonly series: readonly NumberSeries[]
}

/** A histogram with all its series, as they were at one moment. */
export interface HistogramSnapshot extends SnapshotBase {
  readonly kind: 'histogram'
  /** Upper bounds of the buckets, rising. */
  readonly bounds: readonly number[]
  readonly series: readonly HistogramSeries[]
}

/** A metric with all its series, as they were at one moment. */
export type MetricSnapshot = NumberSnapshot | HistogramSnapshot
