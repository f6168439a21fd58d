import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { Metrics } from '@holdfast/contracts'

/** How often the delay is sampled, in milliseconds: the default of Node (`monitorEventLoopDelay`). */
const resolutionMs = 10

/**
 * Shows how late timers are, since the last reading: `nodejs_eventloop_delay_{min,max,mean,stddev,p50,p90,p99}_seconds`.
 * Node measures the time between two samples, from which the time between two that are not late is taken away. Answers a
 * function that ends it.
 */
export const observeEventLoopDelay = (registry: Metrics): (() => void) => {
  const histogram = monitorEventLoopDelay({ resolution: resolutionMs })
  histogram.enable()
  const toSeconds = (nanoseconds: number): number => Math.max(0, nanoseconds / 1e9 - resolutionMs / 1000)
  const figures: Readonly<Record<string, () => number>> = {
    min: () => toSeconds(histogram.min),
    mean: () => toSeconds(histogram.mean),
    stddev: () => histogram.stddev / 1e9,
    p50: () => toSeconds(histogram.percentile(50)),
    p90: () => toSeconds(histogram.percentile(90)),
    p99: () => toSeconds(histogram.percentile(99)),
    max: () => toSeconds(histogram.max),
  }
  const endings = Object.entries(figures).map(([figure, read]) =>
    registry.observe(
      {
        name: `nodejs_eventloop_delay_${figure}_seconds`,
        help: `Delay of the event loop since the last reading: ${figure}.`,
      },
      (observe) => {
        if (histogram.count > 0) observe(read())
        // The last of them to be read begins the next period.
        if (figure === 'max') histogram.reset()
      },
    ),
  )
  return () => {
    histogram.disable()
    for (const end of endings) end()
  }
}
