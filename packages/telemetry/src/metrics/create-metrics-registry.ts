import {
  type Clock,
  type Counter,
  createProblems,
  type Gauge,
  type Histogram,
  HoldfastError,
  type Logger,
  type Metric,
  type MetricOptions,
  type Metrics,
  type ObserveOptions,
  silentLogger,
  systemClock,
} from '@holdfast/contracts'
import { safeLogger } from '../safe-logger.ts'
import { source } from '../source.ts'
import { BoundCounter } from './bound-counter.ts'
import { BoundGauge } from './bound-gauge.ts'
import { BoundHistogram } from './bound-histogram.ts'
import { checkMetric } from './check-metric.ts'
import { type CreateSeries, createLabelTable, type LabelTable } from './label-table.ts'
import { histogramLines, lineStart } from './label-text.ts'
import { defaultLatencyBuckets } from './latency-buckets.ts'
import { familyName, unitOf } from './metric-name.ts'
import type { MetricSnapshot, NumberSeries } from './metric-snapshot.ts'
import { createObservedMetric, type ObservedMetric } from './observed-metric.ts'

/** Options of {@link createMetricsRegistry}. */
export interface MetricsRegistryOptions {
  /**
   * Most series of one metric. What is bound beyond goes into one series whose labels all say `__overflow__`. Default
   * 2000, the cardinality limit of OpenTelemetry (https://opentelemetry.io/docs/specs/otel/metrics/sdk/#cardinality-limits).
   */
  readonly maxSeriesPerMetric?: number | undefined
  /** Hears once of each metric that reaches its limit, and of observers that throw. */
  readonly logger?: Logger | undefined
  readonly clock?: Clock | undefined
}

/** Where metrics are registered, and from where they are read. */
export interface MetricsRegistry extends Metrics {
  /**
   * Every metric as it is now, in the order of registration. Each is read in one go when the iteration comes to it, so
   * that its series fit together; who has time may wait between two of them.
   */
  collect(): Iterable<MetricSnapshot>
}

/** What is registered under one name. */
interface Family {
  readonly shape: string
  /** What registering answers with: the metric for who binds, or the observed one. */
  readonly metric: unknown
  readonly read: () => MetricSnapshot
}

const defaultMaxSeries = 2000

/**
 * Makes a registry for a process: give it to whatever takes `metrics`, and to `prometheusHandler`. Throws
 * INVALID_ARGUMENT for wrong options; registering throws it with everything wrong with a metric.
 */
export const createMetricsRegistry = (options: MetricsRegistryOptions = {}): MetricsRegistry => {
  const { maxSeriesPerMetric = defaultMaxSeries, clock = systemClock } = options
  const logger = safeLogger(options.logger ?? silentLogger)
  const problems = createProblems(source, 'createMetricsRegistry')
  problems.require(
    Number.isInteger(maxSeriesPerMetric) && maxSeriesPerMetric >= 1,
    'maxSeriesPerMetric',
    maxSeriesPerMetric,
    'a whole number from 1',
  )
  problems.throwIfAny()
  const families = new Map<string, Family>()
  const wallNow = (): number => clock.wallNow()

  /** The metric of this name, made if there is none; refused if there is one of another shape. */
  const register = <M>(
    name: string,
    shape: string,
    operation: string,
    create: () => { metric: M; read: Family['read'] },
  ): M => {
    const key = familyName(name)
    const known = families.get(key)
    if (known !== undefined) {
      if (known.shape !== shape) throw otherShapeError(operation, name, known.shape, shape)
      // Families of one shape, which begins with the kind, have metrics of one type.
      return known.metric as M
    }
    const created = create()
    families.set(key, { shape, ...created })
    return created.metric
  }

  const tableOf =
    ({ name, labels = [] }: MetricOptions) =>
    <S extends { readonly labels: Readonly<Record<string, string>> }>(create: CreateSeries<S>): LabelTable<S> => {
      let isTold = false
      const onOverflow = (): void => {
        if (name !== overflowCounter) overflows().bind({ metric: name }).add()
        if (isTold) return
        isTold = true
        logger.warn(
          { metric: name, maxSeries: maxSeriesPerMetric },
          'a metric has reached its limit of series; the rest is counted under __overflow__',
        )
      }
      return createLabelTable({ metric: name, names: [...labels], maxSeries: maxSeriesPerMetric, create, onOverflow })
    }

  const metrics: MetricsRegistry = {
    counter(options) {
      checkMetric(options, 'counter', 'counter')
      return register<Metric<Counter>>(options.name, shapeOf('counter', options), 'counter', () => {
        const table = tableOf(options)(
          (labels, text) => new BoundCounter(labels, lineStart(options.name, text), wallNow()),
        )
        return {
          metric: metricOf(table),
          read: () => ({ ...headOf(options), kind: 'counter', ...readNumbers(table.all) }),
        }
      })
    },
    gauge(options) {
      checkMetric(options, 'gauge', 'gauge')
      return register<Metric<Gauge>>(options.name, shapeOf('gauge', options), 'gauge', () => {
        const table = tableOf(options)(
          (labels, text) => new BoundGauge(labels, lineStart(options.name, text), wallNow()),
        )
        return {
          metric: metricOf(table),
          read: () => ({ ...headOf(options), kind: 'gauge', ...readNumbers(table.all) }),
        }
      })
    },
    histogram(options) {
      checkMetric(options, 'histogram', 'histogram')
      const bounds = Object.freeze([...(options.buckets ?? defaultLatencyBuckets)])
      const shape = `${shapeOf('histogram', options)}, buckets ${bounds.join(' ')}`
      return register<Metric<Histogram>>(options.name, shape, 'histogram', () => {
        const limits = Float64Array.from(bounds)
        const table = tableOf(options)(
          (labels, text) => new BoundHistogram(labels, histogramLines(options.name, text), wallNow(), limits),
        )
        return {
          metric: metricOf(table),
          read: () => ({
            ...headOf(options),
            kind: 'histogram',
            bounds,
            ...readHistograms(table.all, bounds.length + 1),
          }),
        }
      })
    },
    observe(options, read) {
      const { kind = 'gauge' } = options
      checkMetric(options, kind, 'observe')
      const shape = shapeOf(`observed ${kind}`, options)
      const metric = register<ObservedMetric>(options.name, shape, 'observe', () => {
        const observed = createObservedMetric({ name: options.name, createTable: tableOf(options), wallNow, logger })
        return { metric: observed, read: () => ({ ...headOf(options), kind, ...readNumbers(observed.read()) }) }
      })
      return metric.observe(read)
    },
    *collect() {
      for (const family of families.values()) yield family.read()
    },
  }

  const overflows = (): Metric<Counter> =>
    metrics.counter({
      name: overflowCounter,
      help: 'How often labels were bound that went into __overflow__, because their metric has as many series as it may.',
      labels: ['metric'],
    })
  return metrics
}

const overflowCounter = 'holdfast_telemetry_overflows_total'

const noLabels = Object.freeze({})

const metricOf = <H, S extends H>(table: LabelTable<S>): Metric<H> => ({
  bind: (labels = noLabels) => table.bind(labels),
  unbind: (labels = noLabels) => table.unbind(labels),
})

const headOf = ({ name, help }: MetricOptions) => ({ name, help, unit: unitOf(name) })

const readNumbers = (all: ReadonlySet<NumberSeries & { readonly value: number }>) => {
  const series = [...all]
  const values = new Float64Array(series.length)
  for (const [position, { value }] of series.entries()) values[position] = value
  return { series, values }
}

const readHistograms = (all: ReadonlySet<BoundHistogram>, countsEach: number) => {
  const series = [...all]
  const counts = new Float64Array(series.length * countsEach)
  const sums = new Float64Array(series.length)
  for (const [position, histogram] of series.entries()) {
    histogram.copyCounts(counts, position * countsEach)
    sums[position] = histogram.sum
  }
  return { series, counts, sums }
}

const shapeOf = (kind: string, { labels = [] }: ObserveOptions): string =>
  `${kind} with ${labels.length === 0 ? 'no labels' : `labels ${[...labels].sort().join(', ')}`}`

const otherShapeError = (operation: string, name: string, known: string, shape: string): HoldfastError =>
  new HoldfastError({
    code: 'INVALID_ARGUMENT',
    reason: 'OPTIONS_INVALID',
    source,
    operation,
    message: `${name} was to be registered as a ${shape}, but there is already a ${known} of this name.`,
    hint: 'Choose another name, or register it the same way everywhere; a counter counts as its name without _total.',
  })
