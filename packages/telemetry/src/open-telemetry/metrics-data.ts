/**
 * The data model of `@opentelemetry/sdk-metrics` as far as it is used here, written down so that the SDK is no
 * dependency, not even of the types. What a reader of the SDK takes is this (versions 2 and 3); a test hands it to a real one.
 */

/** Seconds and nanoseconds since 1970. */
export type OpenTelemetryTime = [seconds: number, nanoseconds: number]

/** What describes a metric. */
interface Descriptor {
  readonly name: string
  readonly description: string
  readonly unit: string
  readonly valueType: 1
}

/** One series at one time. */
interface DataPoint<T> {
  readonly startTime: OpenTelemetryTime
  readonly endTime: OpenTelemetryTime
  readonly attributes: Record<string, string>
  readonly value: T
}

interface MetricBase {
  readonly descriptor: Descriptor
  readonly aggregationTemporality: 1
}

/** The value of a histogram's series. */
interface HistogramValue {
  readonly buckets: { readonly boundaries: number[]; readonly counts: number[] }
  readonly sum: number
  readonly count: number
}

/** A metric with its series. */
export type OpenTelemetryMetric =
  | (MetricBase & { readonly dataPointType: 0; readonly dataPoints: DataPoint<HistogramValue>[] })
  | (MetricBase & { readonly dataPointType: 2; readonly dataPoints: DataPoint<number>[] })
  | (MetricBase & { readonly dataPointType: 3; readonly dataPoints: DataPoint<number>[]; readonly isMonotonic: true })

/** Whatever describes the process; the SDK's own is used. */
export interface OpenTelemetryResource {
  readonly attributes: Record<string, never>
  merge<R>(other: R | null): R | OpenTelemetryResource
  getRawAttributes(): []
}

/** What a producer answers with. */
export interface OpenTelemetryCollection {
  readonly resourceMetrics: {
    readonly resource: OpenTelemetryResource
    readonly scopeMetrics: { readonly scope: { readonly name: string }; readonly metrics: OpenTelemetryMetric[] }[]
  }
  readonly errors: unknown[]
}

/** A `MetricProducer` of the SDK. */
export interface OpenTelemetryMetricProducer {
  collect(): Promise<OpenTelemetryCollection>
}
