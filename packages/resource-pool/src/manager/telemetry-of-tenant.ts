import type { Metric, MetricLabels, Metrics, Tracer } from '@holdfast/contracts'

/** Where a pool tells what it does. */
interface Telemetry {
  readonly metrics: Metrics | undefined
  readonly tracer: Tracer | undefined
}

/** Whose pool it is. */
export interface TenantOfResource {
  readonly resource: string
  readonly tenant: string
  /** The tenant as a label: of tenants beyond the first hundred that of all others. */
  readonly label: string
}

/** Telemetry for the pool that one tenant has: whatever it calls itself, what it tells stands under the resource and the tenant. */
export const telemetryOfTenant = (
  { metrics, tracer }: Telemetry,
  { resource, tenant, label }: TenantOfResource,
): Telemetry => ({
  metrics: metrics === undefined ? undefined : labelled(metrics, { resource, tenant: label }),
  tracer:
    tracer === undefined
      ? undefined
      : { startSpan: (name, attributes) => tracer.startSpan(name, { ...attributes, resource, tenant }) },
})

/** Metrics all of whose series have these labels, which each has a place for. */
const labelled = (metrics: Metrics, own: MetricLabels): Metrics => {
  const of = <Handle>(metric: Metric<Handle>): Metric<Handle> => ({
    bind: (labels) => metric.bind({ ...labels, ...own }),
    unbind: (labels) => metric.unbind({ ...labels, ...own }),
  })
  return {
    counter: (options) => of(metrics.counter(options)),
    gauge: (options) => of(metrics.gauge(options)),
    histogram: (options) => of(metrics.histogram(options)),
    observe: (options, read) =>
      metrics.observe(options, (observe) => read((value, labels) => observe(value, { ...labels, ...own }))),
  }
}
