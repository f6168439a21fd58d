import type { Gauge, MetricLabels } from '@holdfast/contracts'

/** One series of a gauge. */
export class BoundGauge implements Gauge {
  readonly labels: MetricLabels
  readonly line: string
  readonly since: number
  #value = 0

  constructor(labels: MetricLabels, line: string, since: number) {
    this.labels = labels
    this.line = line
    this.since = since
  }

  set(value: number): void {
    this.#value = value
  }

  add(amount: number): void {
    // Added once, NaN would stay for ever.
    if (Number.isFinite(amount)) this.#value += amount
  }

  get value(): number {
    return this.#value
  }
}
