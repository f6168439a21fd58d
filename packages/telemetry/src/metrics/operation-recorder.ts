import type { Histogram, MetricLabels } from '@holdfast/contracts'
import { isFailure, type OperationReading, type OutcomeCode } from './backend-metrics.ts'

/** Calls of one operation that ended the same way for the same tenant. */
export interface OutcomeCell {
  readonly labels: MetricLabels
  readonly latency: Histogram
  count: number
}

/** Makes the cell of an outcome. */
export type CreateCell = (code: OutcomeCode, tenant: string) => OutcomeCell

/** Counts the calls of one operation of one backend: plain numbers, read when somebody asks. */
export class OperationRecorder {
  readonly name: string
  inFlight = 0
  items = 0
  /** Attempts beyond the first, by the code of the error that made them necessary. */
  readonly retries = new Map<OutcomeCode, number>()
  readonly #createCell: CreateCell
  readonly #byTenant = new Map<string, Map<OutcomeCode, OutcomeCell>>()
  #calls = 0
  #failures = 0
  #totalMs = 0
  #maxMs = 0

  constructor(name: string, createCell: CreateCell) {
    this.name = name
    this.#createCell = createCell
  }

  begin(): void {
    this.inFlight++
  }

  end(code: OutcomeCode, tenant: string, durationMs: number): void {
    const cell = this.#byTenant.get(tenant)?.get(code) ?? this.#addCell(code, tenant)
    cell.count++
    cell.latency.record(durationMs / 1000)
    this.inFlight--
    this.#calls++
    this.#totalMs += durationMs
    if (durationMs > this.#maxMs) this.#maxMs = durationMs
    if (code !== 'OK' && isFailure(code)) this.#failures++
  }

  retried(code: OutcomeCode): void {
    this.retries.set(code, (this.retries.get(code) ?? 0) + 1)
  }

  get calls(): number {
    return this.#calls
  }

  /** Calls that count into the error rate. */
  get failures(): number {
    return this.#failures
  }

  get retryCount(): number {
    return [...this.retries.values()].reduce((sum, count) => sum + count, 0)
  }

  *cells(): Iterable<OutcomeCell> {
    for (const byCode of this.#byTenant.values()) yield* byCode.values()
  }

  read(): OperationReading {
    const errors: Partial<Record<OutcomeCode, number>> = {}
    for (const byCode of this.#byTenant.values()) {
      for (const [code, { count }] of byCode) if (code !== 'OK') errors[code] = (errors[code] ?? 0) + count
    }
    return {
      calls: this.#calls,
      inFlight: this.inFlight,
      errors,
      retries: this.retryCount,
      items: this.items,
      meanLatencyMs: this.#calls === 0 ? 0 : this.#totalMs / this.#calls,
      maxLatencyMs: this.#maxMs,
    }
  }

  #addCell(code: OutcomeCode, tenant: string): OutcomeCell {
    const byCode = this.#byTenant.get(tenant) ?? new Map<OutcomeCode, OutcomeCell>()
    this.#byTenant.set(tenant, byCode)
    const cell = this.#createCell(code, tenant)
    byCode.set(code, cell)
    return cell
  }
}
