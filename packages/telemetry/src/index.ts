export type { AttemptEvents } from './calls/attempt-events.ts'
export type { CallTargetOptions } from './calls/call-target.ts'
export { type Diagnostics, diagnostics, operationChannelName } from './diagnostics/diagnostics.ts'
export type { OperationError, OperationMessage } from './diagnostics/operation-message.ts'
export { createHealth } from './health/create-health.ts'
export type {
  Health,
  HealthCheck,
  HealthCheckOptions,
  HealthCheckReport,
  HealthEvents,
  HealthProbe,
  HealthSummary,
  HealthVerdict,
  Readiness,
} from './health/health.ts'
export { type HealthEndpoints, type HealthEndpointsOptions, healthEndpoints } from './health/health-endpoints.ts'
export type { HealthOptions } from './health/health-options.ts'
export type { HttpHandler } from './http/http-handler.ts'
export { type Logging, logging } from './logging/logging.ts'
export type { LoggingOptions, LogLevel, LogLevels } from './logging/logging-options.ts'
export type { RedactFieldsOptions } from './logging/redact-fields.ts'
export { type LevelledLogger, redacting } from './logging/redacting.ts'
export type { BackendMetrics, OperationReading, OutcomeCode } from './metrics/backend-metrics.ts'
export {
  createMetricsRegistry,
  type MetricsRegistry,
  type MetricsRegistryOptions,
} from './metrics/create-metrics-registry.ts'
export { defaultLatencyBuckets } from './metrics/latency-buckets.ts'
export type {
  HistogramLines,
  HistogramSeries,
  HistogramSnapshot,
  MetricSnapshot,
  NumberSeries,
  NumberSnapshot,
} from './metrics/metric-snapshot.ts'
export { type CircuitChangedEvent, type CircuitSource, observeCircuits } from './metrics/observe-circuits.ts'
export { metrics, type OperationMetrics, type OperationMetricsOptions } from './metrics/operation-metrics.ts'
export type { OpenTelemetryMetricProducer } from './open-telemetry/metrics-data.ts'
export { type MetricProducerOptions, openTelemetryMetricProducer } from './open-telemetry/metrics-producer.ts'
export { observeProcess } from './process/observe-process.ts'
export { type PrometheusHandlerOptions, prometheusHandler } from './prometheus/prometheus-handler.ts'
