/** Names of labels and their values. Values come from closed sets (codes, operations, keys of resources), never from data. */
export type MetricLabels = Readonly<Record<string, string>>

/** What every metric has. */
export interface MetricOptions {
  /** `holdfast_pool_acquisitions_total`: lower case, the unit as a suffix, counters end in `_total` (Prometheus naming). */
  readonly name: string
  /** One sentence for the person who reads the page. */
  readonly help: string
  /** Names of the labels; every binding gives exactly these. Default none. */
  readonly labels?: readonly string[] | undefined
}

/** Options of {@link Metrics.histogram}. */
export interface HistogramOptions extends MetricOptions {
  /** Upper bounds of the buckets in the metric's unit, rising. Default: seconds, 1 ms to 10 s. */
  readonly buckets?: readonly number[] | undefined
}

/** Counts what happened; it never goes down. */
export interface Counter {
  /** Default 1. A negative or non-finite amount is ignored. */
  add(amount?: number): void
}

/** A value that goes up and down. */
export interface Gauge {
  set(value: number): void
  add(amount: number): void
}

/** How values are distributed. */
export interface Histogram {
  record(value: number): void
}

/** A metric before its labels are known. */
export interface Metric<Handle> {
  /**
   * The handle for these labels. Bind once, outside the hot path, and keep it: a bound handle does no hashing. Asking
   * again with the same labels gives the same handle.
   */
  bind(labels?: MetricLabels): Handle
  /** Drops the series of these labels, when what they name is gone. */
  unbind(labels?: MetricLabels): void
}

/** Options of {@link Metrics.observe}. */
export interface ObserveOptions extends MetricOptions {
  /** `counter` for a value that never goes down, such as bytes sent since the start; its name ends in `_total`. Default `gauge`. */
  readonly kind?: 'counter' | 'gauge' | undefined
}

/** Tells a value when somebody asks for it. */
export type Observe = (value: number, labels?: MetricLabels) => void

/**
 * Where packages register what they measure; `createMetricsRegistry` of `@holdfast/telemetry` is one. Registering a name
 * again with the same kind, labels and buckets gives the same metric; otherwise it is INVALID_ARGUMENT.
 */
export interface Metrics {
  counter(options: MetricOptions): Metric<Counter>
  gauge(options: MetricOptions): Metric<Gauge>
  histogram(options: HistogramOptions): Metric<Histogram>
  /**
   * A gauge, or a counter, whose values are asked for at each scrape: the cheapest way to show what an object knows about
   * itself. Answers a function that ends it. Several observers of one name add their series together, and what they say
   * of the same labels is added up. A name is either bound or observed.
   */
  observe(options: ObserveOptions, read: (observe: Observe) => void): () => void
}
