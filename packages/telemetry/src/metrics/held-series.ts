import type { Metric, MetricLabels } from '@holdfast/contracts'

/** How many hold a handle. Layers over one registry are given the same handle for the same labels. */
const holders = new WeakMap<object, number>()

/** Binds a series that stays until everybody who holds it has let it go. */
export const holdSeries = <H extends object>(metric: Metric<H>, labels: MetricLabels): H => {
  const handle = metric.bind(labels)
  holders.set(handle, (holders.get(handle) ?? 0) + 1)
  return handle
}

/** Lets it go; the last one takes it out of the registry. */
export const releaseSeries = <H extends object>(metric: Metric<H>, labels: MetricLabels, handle: H): void => {
  const others = (holders.get(handle) ?? 1) - 1
  holders.set(handle, others)
  if (others === 0) metric.unbind(labels)
}
