import type { IncomingMessage, ServerResponse } from 'node:http'
import { createMetricsRegistry, defaultLatencyBuckets, prometheusHandler } from '@holdfast/telemetry'
import { PrometheusExporter, PrometheusSerializer } from '@opentelemetry/exporter-prometheus'
import { MeterProvider } from '@opentelemetry/sdk-metrics'
import { Counter, Histogram, Registry } from 'prom-client'
import type { Figures, Subject } from '../area.ts'
import { median } from '../median.ts'

/** Series of the counters, and lines of the histograms. */
const size = 10_000

const warmUp = 30
const scrapes = 60
const help = 'Measured.'
const labelNames = ['package', 'backend', 'operation', 'code']

/** Labels as services have them. */
const labelsOf = (at: number) => ({
  package: 'storage-aws',
  backend: `account-${at % 100}`,
  operation: 'retrieve',
  code: `CODE_${Math.floor(at / 100)}`,
})

/** Lines of one series of a histogram: the buckets with the last one, the sum and the count. */
const linesEach = defaultLatencyBuckets.length + 3

/** Something that is scraped. */
interface Scraped {
  /** Changes every value, as the time between two scrapes does. */
  readonly change: () => void
  /** Makes the bytes of the page. */
  readonly scrape: () => Promise<Uint8Array>
}

const latencyOf = (at: number): number => (at % 1000) / 800

/** The least that makes such a page: lines whose beginning is known, put together at once. */
const floor = (kind: 'counters' | 'histograms'): Scraped => {
  const starts = Array.from({ length: size }, (_, at) => {
    const text = Object.entries(labelsOf(kind === 'counters' ? at : Math.floor(at / linesEach)))
    const le = kind === 'counters' ? '' : `,le="${defaultLatencyBuckets[at % linesEach] ?? 'sum'}"`
    return ['measured{', text.map(([name, value]) => `${name}="${value}"`).join(), le, '} '].join('')
  })
  const values = new Float64Array(size)
  return {
    change() {
      for (let at = 0; at < size; at++) values[at] = (values[at] ?? 0) + 1
    },
    async scrape() {
      let page = ''
      for (let at = 0; at < size; at++) page += `${starts[at]}${values[at]}\n`
      return Buffer.from(page)
    },
  }
}

const holdfast = (kind: 'counters' | 'histograms'): Scraped => {
  const registry = createMetricsRegistry({ maxSeriesPerMetric: size })
  const handler = prometheusHandler(registry)
  const changes: (() => void)[] = []
  if (kind === 'counters') {
    const counter = registry.counter({ name: 'measured_total', help, labels: labelNames })
    for (let at = 0; at < size; at++) {
      const handle = counter.bind(labelsOf(at))
      changes.push(() => handle.add())
    }
  } else {
    const histogram = registry.histogram({ name: 'measured_seconds', help, labels: labelNames })
    for (let at = 0; at < size / linesEach; at++) {
      const handle = histogram.bind(labelsOf(at))
      changes.push(() => handle.record(latencyOf(at)))
    }
  }
  // The node side without a socket: everything but the operating system's part.
  const request = { method: 'GET', headers: {} } as IncomingMessage
  return {
    change: () => changes.forEach((change) => void change()),
    scrape: () =>
      new Promise((resolve) => {
        const response = { writeHead: () => {}, end: (body: Uint8Array) => resolve(body) }
        handler.node(request, response as unknown as ServerResponse)
      }),
  }
}

const promClient = (kind: 'counters' | 'histograms'): Scraped => {
  const registry = new Registry()
  const registers = [registry]
  const changes: (() => void)[] = []
  if (kind === 'counters') {
    const counter = new Counter({ name: 'measured_total', help, labelNames, registers })
    for (let at = 0; at < size; at++) {
      const labels = labelsOf(at)
      changes.push(() => counter.inc(labels))
    }
  } else {
    const buckets = [...defaultLatencyBuckets]
    const histogram = new Histogram({ name: 'measured_seconds', help, labelNames, buckets, registers })
    for (let at = 0; at < size / linesEach; at++) {
      const labels = labelsOf(at)
      changes.push(() => histogram.observe(labels, latencyOf(at)))
    }
  }
  return {
    change: () => changes.forEach((change) => void change()),
    scrape: async () => Buffer.from(await registry.metrics()),
  }
}

const openTelemetry = (kind: 'counters' | 'histograms'): Scraped => {
  const reader = new PrometheusExporter({ preventServerStart: true })
  const views = [{ instrumentName: '*', aggregationCardinalityLimit: size + 1 }]
  const meter = new MeterProvider({ readers: [reader], views }).getMeter('bench')
  const serializer = new PrometheusSerializer()
  const changes: (() => void)[] = []
  if (kind === 'counters') {
    const counter = meter.createCounter('measured')
    for (let at = 0; at < size; at++) {
      const labels = labelsOf(at)
      changes.push(() => counter.add(1, labels))
    }
  } else {
    const advice = { explicitBucketBoundaries: [...defaultLatencyBuckets] }
    const histogram = meter.createHistogram('measured', { unit: 's', advice })
    for (let at = 0; at < size / linesEach; at++) {
      const labels = labelsOf(at)
      changes.push(() => histogram.record(latencyOf(at), labels))
    }
  }
  return {
    change: () => changes.forEach((change) => void change()),
    scrape: async () => Buffer.from(serializer.serialize((await reader.collect()).resourceMetrics)),
  }
}

/** Scrapes now and then while something else wants to run at every turn of the event loop, and notes how long that had to wait. */
const measure = async ({ change, scrape }: Scraped): Promise<{ readonly took: number; readonly blocked: number }> => {
  const took: number[] = []
  const blocked: number[] = []
  for (let count = 0; count < warmUp + scrapes; count++) {
    change()
    let longest = 0
    let last = performance.now()
    let isRunning = true
    const turn = (): void => {
      const now = performance.now()
      longest = Math.max(longest, now - last)
      last = now
      if (isRunning) setImmediate(turn)
    }
    setImmediate(turn)
    const startedAt = performance.now()
    const page = await scrape()
    const endedAt = performance.now()
    longest = Math.max(longest, endedAt - last)
    isRunning = false
    await new Promise((resolve) => setImmediate(resolve))
    if (page.length < 50 * size) throw new Error(`The page has ${page.length} bytes.`)
    if (count < warmUp) continue
    took.push(endedAt - startedAt)
    blocked.push(longest)
  }
  return { took: median(took), blocked: median(blocked) }
}

const figuresOf = async (create: (kind: 'counters' | 'histograms') => Scraped): Promise<Figures> => {
  const counters = await measure(create('counters'))
  const histograms = await measure(create('histograms'))
  return {
    'scrape, 10,000 counters': counters.took,
    'loop held up, counters': counters.blocked,
    'scrape, 10,000 lines of histograms': histograms.took,
    'loop held up, histograms': histograms.blocked,
  }
}

/** Scraping, beside the libraries of npm. */
export const scrapeSubjects: Readonly<Record<string, Subject['measure']>> = {
  floor: () => figuresOf(floor),
  holdfast: () => figuresOf(holdfast),
  'prom-client': () => figuresOf(promClient),
  OpenTelemetry: () => figuresOf(openTelemetry),
}
