import { createMetricsRegistry, defaultLatencyBuckets } from '@holdfast/telemetry'
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus'
import { MeterProvider } from '@opentelemetry/sdk-metrics'
import { Counter, Histogram, Registry } from 'prom-client'
import type { Figures, Subject } from '../area.ts'
import { timePerCall } from '../time-per-call.ts'

/** What every histogram is given in turn: latencies from 30 µs to 3 s, most of them small. */
const latencies = Float64Array.from({ length: 4096 }, (_, at) => 3e-5 * 10 ** (5 * ((at * 0.618_033_988_75) % 1) ** 2))

const labels = { operation: 'retrieve', code: 'OK' }
const labelNames = ['operation', 'code']
const help = 'Measured.'

/** Counts in a bound counter, in one that is found by its labels, and in a bound histogram. */
interface Handles {
  readonly bound: (calls: number) => unknown
  readonly labelled: (calls: number) => unknown
  readonly recorded: (calls: number) => unknown
}

/** The least that keeps a number, finds one by two labels, and sorts one into buckets. */
const floor = (): Handles => {
  const slot = { value: 0 }
  const byOperation = new Map([[labels.operation, new Map([[labels.code, slot]])]])
  const bounds = Float64Array.from(defaultLatencyBuckets)
  const histogram = { counts: new Float64Array(bounds.length + 1), sum: 0 }
  return {
    bound(calls) {
      for (let call = 0; call < calls; call++) slot.value += 1
      return slot.value
    },
    labelled(calls) {
      for (let call = 0; call < calls; call++) {
        const found = byOperation.get(labels.operation)?.get(labels.code)
        if (found !== undefined) found.value += 1
      }
      return slot.value
    },
    recorded(calls) {
      for (let call = 0; call < calls; call++) {
        const value = latencies[call & 4095] ?? 0
        let bucket = 0
        while (bucket < bounds.length && value > (bounds[bucket] ?? 0)) bucket++
        histogram.counts[bucket] = (histogram.counts[bucket] ?? 0) + 1
        histogram.sum += value
      }
      return histogram.sum
    },
  }
}

const holdfast = (): Handles => {
  const registry = createMetricsRegistry()
  const counter = registry.counter({ name: 'operations_total', help, labels: labelNames })
  const bound = counter.bind(labels)
  const histogram = registry.histogram({ name: 'operation_seconds', help, labels: labelNames }).bind(labels)
  return {
    bound(calls) {
      for (let call = 0; call < calls; call++) bound.add()
      return bound
    },
    labelled(calls) {
      for (let call = 0; call < calls; call++) counter.bind({ operation: 'retrieve', code: 'OK' }).add()
      return bound
    },
    recorded(calls) {
      for (let call = 0; call < calls; call++) histogram.record(latencies[call & 4095] ?? 0)
      return histogram
    },
  }
}

const promClient = (): Handles => {
  const registers = [new Registry()]
  const counter = new Counter({ name: 'operations_total', help, labelNames, registers })
  const bound = counter.labels(labels)
  const buckets = [...defaultLatencyBuckets]
  const histogram = new Histogram({ name: 'operation_seconds', help, labelNames, buckets, registers }).labels(labels)
  return {
    bound(calls) {
      for (let call = 0; call < calls; call++) bound.inc()
      return bound
    },
    labelled(calls) {
      for (let call = 0; call < calls; call++) counter.inc({ operation: 'retrieve', code: 'OK' })
      return bound
    },
    recorded(calls) {
      for (let call = 0; call < calls; call++) histogram.observe(latencies[call & 4095] ?? 0)
      return histogram
    },
  }
}

/** OpenTelemetry has no bound handles: what is reused there is the object with the attributes. */
const openTelemetry = (): Handles => {
  const meter = new MeterProvider({ readers: [new PrometheusExporter({ preventServerStart: true })] }).getMeter('bench')
  const counter = meter.createCounter('operations')
  const advice = { explicitBucketBoundaries: [...defaultLatencyBuckets] }
  const histogram = meter.createHistogram('operation', { unit: 's', advice })
  return {
    bound(calls) {
      for (let call = 0; call < calls; call++) counter.add(1, labels)
      return counter
    },
    labelled(calls) {
      for (let call = 0; call < calls; call++) counter.add(1, { operation: 'retrieve', code: 'OK' })
      return counter
    },
    recorded(calls) {
      for (let call = 0; call < calls; call++) histogram.record(latencies[call & 4095] ?? 0, labels)
      return histogram
    },
  }
}

const figuresOf = ({ bound, labelled, recorded }: Handles): Figures => ({
  'counter, bound': timePerCall(bound),
  'counter, by labels': timePerCall(labelled),
  'histogram, bound': timePerCall(recorded),
})

/** Counting, beside the libraries of npm. */
export const handleSubjects: Readonly<Record<string, Subject['measure']>> = {
  floor: async () => figuresOf(floor()),
  holdfast: async () => figuresOf(holdfast()),
  'prom-client': async () => figuresOf(promClient()),
  OpenTelemetry: async () => figuresOf(openTelemetry()),
}
