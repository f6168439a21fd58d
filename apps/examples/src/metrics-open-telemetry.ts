// How do I send metrics by OTLP?
import assert from 'node:assert/strict'
import { AggregationTemporality, InMemoryMetricExporter } from '@opentelemetry/sdk-metrics'

// In production the OTLP exporter of OpenTelemetry stands here.
const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)

// #region example
import { createMetricsRegistry, observeProcess, openTelemetryMetricProducer } from '@holdfast/telemetry'
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics'

const registry = createMetricsRegistry()
const end = observeProcess(registry)
const reader = new PeriodicExportingMetricReader({
  exporter,
  metricProducers: [openTelemetryMetricProducer(registry)],
})
const provider = new MeterProvider({ readers: [reader] })
// #endregion example

await reader.forceFlush()
const names = exporter.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics.flatMap(({ metrics }) => metrics))
console.log(names.map(({ descriptor }) => `${descriptor.name} (${descriptor.unit})`))
assert.ok(names.some(({ descriptor }) => descriptor.name === 'process_cpu_seconds_total' && descriptor.unit === 's'))
await provider.shutdown()
end()
