/**
 * Upper bounds in seconds of the buckets of latencies: 1 ms to 10 s. From 5 ms on they are those of the OpenTelemetry
 * semantic conventions for durations (https://opentelemetry.io/docs/specs/semconv/http/http-metrics/, advisory
 * ExplicitBucketBoundaries); the two below tell a local file from a cache.
 */
export const defaultLatencyBuckets: readonly number[] = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10,
]
