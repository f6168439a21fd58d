import { type Clock, HoldfastError, systemClock } from '@holdfast/contracts'
import type { MetricsRegistry } from '../metrics/create-metrics-registry.ts'
import { ucumOf } from '../metrics/metric-name.ts'
import type { HistogramSeries, MetricSnapshot, NumberSeries } from '../metrics/metric-snapshot.ts'
import type {
  OpenTelemetryCollection,
  OpenTelemetryMetric,
  OpenTelemetryMetricProducer,
  OpenTelemetryResource,
  OpenTelemetryTime,
} from './metrics-data.ts'

/** Options of {@link openTelemetryMetricProducer}. */
export interface MetricProducerOptions {
  readonly clock?: Clock | undefined
}

/** The name of the instrumentation scope of every metric. */
const scopeName = '@holdfast/telemetry'

/**
 * Hands the metrics of a registry to the OpenTelemetry SDK, which exports them by OTLP or however it is set up: give it
 * to a reader, `new PeriodicExportingMetricReader({ exporter, metricProducers: [producer] })`. Names stay as they are,
 * units become UCUM, as the compatibility specification asks of what comes from Prometheus
 * (https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/). Sums are cumulative, whatever the
 * exporter prefers: backends that want deltas convert them, or a Collector does.
 */
export const openTelemetryMetricProducer = (
  registry: Pick<MetricsRegistry, 'collect'>,
  { clock = systemClock }: MetricProducerOptions = {},
): OpenTelemetryMetricProducer => ({
  async collect() {
    const endTime = toTime(clock.wallNow())
    const metrics: OpenTelemetryMetric[] = []
    const errors: unknown[] = []
    try {
      for (const metric of registry.collect()) if (metric.series.length > 0) metrics.push(toMetric(metric, endTime))
    } catch (error) {
      errors.push(HoldfastError.is(error) ? error : new Error('The metrics could not be read.', { cause: error }))
    }
    const collection: OpenTelemetryCollection = {
      resourceMetrics: { resource: noResource, scopeMetrics: [{ scope: { name: scopeName }, metrics }] },
      errors,
    }
    return collection
  },
})

/** A reader takes the resource of the SDK, so this one says nothing. */
const noResource: OpenTelemetryResource = {
  attributes: {},
  merge: (other) => other ?? noResource,
  getRawAttributes: () => [],
}

/** `AggregationTemporality.CUMULATIVE` and the members of `DataPointType`, which are part of the SDK's data model. */
const cumulative = 1
const histogramPoints = 0
const gaugePoints = 2
const sumPoints = 3

const toMetric = (metric: MetricSnapshot, endTime: OpenTelemetryTime): OpenTelemetryMetric => {
  const descriptor = {
    name: metric.name,
    description: metric.help,
    unit: ucumOf(metric.unit),
    // ValueType.DOUBLE of the API.
    valueType: 1,
  } as const
  const head = { descriptor, aggregationTemporality: cumulative } as const
  const pointOf = ({ since, labels }: NumberSeries | HistogramSeries) => ({
    startTime: toTime(since),
    endTime,
    attributes: attributesOf(labels),
  })
  if (metric.kind === 'histogram') {
    const boundaries = [...metric.bounds]
    const dataPoints = metric.series.map((series, position) => {
      const from = position * (boundaries.length + 1)
      const counts = Array.from(metric.counts.subarray(from, from + boundaries.length + 1))
      const count = counts.reduce((total, inBucket) => total + inBucket, 0)
      return { ...pointOf(series), value: { buckets: { boundaries, counts }, sum: metric.sums[position] ?? 0, count } }
    })
    return { ...head, dataPointType: histogramPoints, dataPoints }
  }
  const dataPoints = metric.series.map((series, position) => ({
    ...pointOf(series),
    value: metric.values[position] ?? 0,
  }))
  return metric.kind === 'counter'
    ? { ...head, dataPointType: sumPoints, dataPoints, isMonotonic: true }
    : { ...head, dataPointType: gaugePoints, dataPoints }
}

/** Labels without those that are empty, which Prometheus takes for absent. */
const attributesOf = (labels: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(labels).filter(([, value]) => value !== ''))

/** Seconds and nanoseconds since 1970. */
const toTime = (wallMs: number): OpenTelemetryTime => {
  const seconds = Math.floor(wallMs / 1000)
  return [seconds, Math.round((wallMs - seconds * 1000) * 1e6)]
}
