import type { Histogram, Metric, MetricLabels } from '@holdfast/contracts'
import type { BackendMetrics } from './backend-metrics.ts'
import { holdSeries, releaseSeries } from './held-series.ts'
import { type CreateCell, OperationRecorder } from './operation-recorder.ts'

/** A package and what it is bound to. */
export interface BackendName {
  readonly package: string
  readonly backend: string
}

/** Counts the calls of one wrapped backend. */
export interface BackendRecorder extends BackendName {
  /** The recorder of an operation, made when it is first called. */
  operation(name: string): OperationRecorder
  readonly operations: ReadonlyMap<string, OperationRecorder>
  read(): BackendMetrics
  /** Lets the series of its latencies go, and takes no others. */
  end(): void
}

/** Where latencies go when nobody looks any more: what was wrapped may still be called. */
const nowhere: Histogram = { record() {} }

/** Makes a {@link BackendRecorder} whose latencies go into this histogram. */
export const createBackendRecorder = (name: BackendName, latencies: Metric<Histogram>): BackendRecorder => {
  const operations = new Map<string, OperationRecorder>()
  let hasEnded = false

  const add = (operation: string): OperationRecorder => {
    const createCell: CreateCell = (code, tenant) => {
      const labels: MetricLabels = { package: name.package, backend: name.backend, operation, code, tenant }
      return { labels, latency: hasEnded ? nowhere : holdSeries(latencies, labels), count: 0 }
    }
    const created = new OperationRecorder(operation, createCell)
    operations.set(operation, created)
    return created
  }
  const sum = (of: (recorder: OperationRecorder) => number): number =>
    [...operations.values()].reduce((total, recorder) => total + of(recorder), 0)

  return {
    package: name.package,
    backend: name.backend,
    operations,
    operation: (operation) => operations.get(operation) ?? add(operation),
    read() {
      const calls = sum((recorder) => recorder.calls)
      return {
        package: name.package,
        backend: name.backend,
        operations: Object.fromEntries([...operations].map(([operation, recorder]) => [operation, recorder.read()])),
        calls,
        retries: sum((recorder) => recorder.retryCount),
        errorRate: calls === 0 ? 0 : sum((recorder) => recorder.failures) / calls,
      }
    },
    end() {
      if (hasEnded) return
      hasEnded = true
      for (const operation of operations.values()) {
        for (const { labels, latency } of operation.cells()) releaseSeries(latencies, labels, latency)
      }
    },
  }
}
