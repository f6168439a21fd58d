export type { HttpHandler } from './http/http-handler.ts'
export {
  createMetricsRegistry,
  type MetricsRegistry,
  type MetricsRegistryOptions,
} from './metrics/create-metrics-registry.ts'
export { defaultLatencyBuckets } from './metrics/latency-buckets.ts'
export type {
  HistogramSeries,
  HistogramSnapshot,
  MetricSnapshot,
  NumberSeries,
  NumberSnapshot,
} from './metrics/metric-snapshot.ts'
export { type PrometheusHandlerOptions, prometheusHandler } from './prometheus/prometheus-handler.ts'
