export { type BatchItem, type BatchOptions, type BatchResult, runBatch } from './batch.ts'
export type { CallOptions } from './call-options.ts'
export { abortable, type CallSite, cancellationError, throwIfAborted } from './cancellation.ts'
export { type Clock, systemClock, type Timer, type TimerOptions, toTimestamp } from './clock.ts'
export { type ErrorCode, errorCodes, isTransientCode } from './error-code.ts'
export { type ErrorReason, errorReasons } from './error-reason.ts'
export { type EventChannel, eventChannel } from './event-channel.ts'
export type { DroppedEvents } from './event-stream.ts'
export { createEventHub, type EventHub, type EventSource, type SubscriptionOptions } from './events.ts'
export type { HealthCheckable, HealthReport, HealthStatus } from './health.ts'
export {
  type ErrorDetail,
  HoldfastError,
  type HoldfastErrorJson,
  type HoldfastErrorOptions,
  originalError,
} from './holdfast-error.ts'
export { type Around, intercept, type NamedOperation, type Next } from './intercept.ts'
export { compose, type Layer } from './layer.ts'
export {
  type Closeable,
  type CloseOptions,
  type Closer,
  type CloserOptions,
  createCloser,
  defaultCloseDeadlineMs,
} from './lifecycle.ts'
export { type LogFields, type Logger, silentLogger } from './logger.ts'
export type {
  Counter,
  Gauge,
  Histogram,
  HistogramOptions,
  Metric,
  MetricLabels,
  MetricOptions,
  Metrics,
  Observe,
  ObserveOptions,
} from './metrics.ts'
export type {
  CallbackOperation,
  FunctionKey,
  LocalOperation,
  Operation,
  Operations,
  StreamOperation,
  UnaryOperation,
} from './operations.ts'
export {
  createProblems,
  describeValue,
  type OptionsSchema,
  type Problem,
  type Problems,
  parseOptions,
} from './problems.ts'
export { isSecretName, type RedactTextOptions, redactText } from './redact-text.ts'
export { type SafeCause, toSafeCause } from './safe-cause.ts'
export { matchesExact, matchesPrefix, maxScopeLength, parseScopeId, type ScopeId, scopeProblem } from './scope-id.ts'
export { Secret } from './secret.ts'
export type { SecretValue } from './secret-value.ts'
export type { Span, SpanAttributes, Tracer } from './tracer.ts'
export { createUlidGenerator, isUlid, type UlidGenerator, type UlidOptions } from './ulid.ts'
