import type { MetricLabels } from '@holdfast/contracts'

/** One series of a metric whose values are asked for when it is read. */
export class ObservedSeries {
  readonly labels: MetricLabels
  readonly line: string
  readonly since: number
  /** What its observers said in the reading of this number, all of them together. */
  value = 0
  reading = 0

  constructor(labels: MetricLabels, line: string, since: number) {
    this.labels = labels
    this.line = line
    this.since = since
  }
}
