import fc from 'fast-check'
import { expect, it } from 'vitest'
import { type Family, parseMetricsPage } from '../../test/parse-metrics-page.ts'
import { createMetricsRegistry, type MetricsRegistry } from '../metrics/create-metrics-registry.ts'
import type { MetricSnapshot } from '../metrics/metric-snapshot.ts'
import type { MetricsFormat } from './metrics-format.ts'
import { linesPerSlice, renderMetrics } from './render-metrics.ts'

const formats: readonly MetricsFormat[] = ['text', 'openmetrics']

const textOf = async (registry: MetricsRegistry, format: MetricsFormat): Promise<string> => {
  const page = await renderMetrics(registry, { format, expectedBytes: 0, pause: () => Promise.resolve() })
  return Buffer.from(page).toString('utf8')
}
const pageOf = async (registry: MetricsRegistry, format: MetricsFormat): Promise<readonly Family[]> =>
  parseMetricsPage(await textOf(registry, format), format)

const createExample = (): MetricsRegistry => {
  const registry = createMetricsRegistry()
  const requests = registry.counter({ name: 'requests_total', help: 'Requests.', labels: ['code'] })
  requests.bind({ code: 'OK' }).add(3)
  requests.bind({ code: '' }).add(0.5)
  registry.counter({ name: 'cpu_seconds_total', help: 'A "quoted" \\ help\nof two lines.' }).bind().add(1.25)
  registry.gauge({ name: 'empty', help: 'Nobody has bound it.' })
  const wait = registry.histogram({
    name: 'wait_seconds',
    help: 'Waiting.',
    labels: ['pool'],
    buckets: [1e-7, 0.25, 1],
  })
  wait.bind({ pool: 'main' }).record(0.25)
  wait.bind({ pool: 'main' }).record(3)
  registry.histogram({ name: 'size_bytes', help: 'Sizes.', buckets: [1024] }).bind()
  return registry
}

it('writes the text format as its description says', async () => {
  expect(await textOf(createExample(), 'text')).toBe(`# HELP requests_total Requests.
# TYPE requests_total counter
requests_total{code="OK"} 3
requests_total 0.5
# HELP cpu_seconds_total A "quoted" \\\\ help\\nof two lines.
# TYPE cpu_seconds_total counter
cpu_seconds_total 1.25
# HELP wait_seconds Waiting.
# TYPE wait_seconds histogram
wait_seconds_bucket{pool="main",le="1e-7"} 0
wait_seconds_bucket{pool="main",le="0.25"} 1
wait_seconds_bucket{pool="main",le="1"} 1
wait_seconds_bucket{pool="main",le="+Inf"} 2
wait_seconds_sum{pool="main"} 3.25
wait_seconds_count{pool="main"} 2
# HELP size_bytes Sizes.
# TYPE size_bytes histogram
size_bytes_bucket{le="1024"} 0
size_bytes_bucket{le="+Inf"} 0
size_bytes_sum 0
size_bytes_count 0
`)
})

it('writes OpenMetrics as its specification says', async () => {
  expect(await textOf(createExample(), 'openmetrics')).toBe(`# TYPE requests counter
# HELP requests Requests.
requests_total{code="OK"} 3
requests_total 0.5
# TYPE cpu_seconds counter
# UNIT cpu_seconds seconds
# HELP cpu_seconds A \\"quoted\\" \\\\ help\\nof two lines.
cpu_seconds_total 1.25
# TYPE wait_seconds histogram
# UNIT wait_seconds seconds
# HELP wait_seconds Waiting.
wait_seconds_bucket{pool="main",le="1e-7"} 0
wait_seconds_bucket{pool="main",le="0.25"} 1
wait_seconds_bucket{pool="main",le="1.0"} 1
wait_seconds_bucket{pool="main",le="+Inf"} 2
wait_seconds_sum{pool="main"} 3.25
wait_seconds_count{pool="main"} 2
# TYPE size_bytes histogram
# UNIT size_bytes bytes
# HELP size_bytes Sizes.
size_bytes_bucket{le="1024.0"} 0
size_bytes_bucket{le="+Inf"} 0
size_bytes_sum 0
size_bytes_count 0
# EOF
`)
})

it.each(formats)('writes a page of no metrics in %s', async (format) => {
  expect(await pageOf(createMetricsRegistry(), format)).toEqual([])
})

it.each(formats)('can be read back from %s, whatever stands in labels, help and values', async (format) => {
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 12 }),
    fc.constantFrom('"', '\\', '\n', '\\n', '"} 1\nforged 1', '# EOF', '\r\n', '\u0000', '😀', '__proto__'),
  )
  const value = fc.oneof(fc.double(), fc.integer(), fc.constantFrom(Number.NaN, -0, 1e300, 5e-324))
  const series = fc.record({ labels: fc.record({ a: text, b: text }), value })
  await fc.assert(
    fc.asyncProperty(fc.array(series, { maxLength: 10 }), text, async (all, helpText) => {
      const registry = createMetricsRegistry()
      const help = `Help: ${helpText}`
      const gauge = registry.gauge({ name: 'things', help, labels: ['a', 'b'] })
      const expected = new Map<string, number>()
      for (const { labels, value } of all) {
        gauge.bind(labels).set(value)
        const kept = Object.entries(labels).filter(([, label]) => label !== '')
        expected.set(JSON.stringify(kept.map(([name, label]) => [name, label.toWellFormed()])), value + 0)
      }
      const [family] = await pageOf(registry, format)
      const seen = (family?.samples ?? []).map(({ labels, value }) => [JSON.stringify(Object.entries(labels)), value])
      expect(seen).toEqual([...expected])
      if (family !== undefined) expect(family.help).toBe(help.toWellFormed())
    }),
  )
})

it('writes no more than a slice of lines and one append between two pauses', async () => {
  let written = 0
  let longest = 0
  let total = 0
  const labels = {}
  const countingSeries = {
    labels,
    since: 0,
    get line() {
      written++
      total++
      return `things{id="${total}"} `
    },
  }
  const countingHistogram = {
    labels,
    since: 0,
    get lines() {
      // Two buckets, the sum and the count.
      written += 4
      total++
      return { bucket: `things_bucket{id="${total}",le="`, sum: 'things_sum ', count: 'things_count ' }
    },
  }
  const head = { name: 'things', help: 'Things.', unit: undefined }
  const gaugeOf = (length: number): MetricSnapshot => {
    const series = Array.from({ length }, () => countingSeries)
    return { ...head, kind: 'gauge', series, values: new Float64Array(length) }
  }
  await renderMetrics(
    {
      *collect() {
        yield gaugeOf(5555)
        for (let metric = 0; metric < 3000; metric++) yield gaugeOf(1)
        const series = Array.from({ length: 777 }, () => countingHistogram)
        const values = { counts: new Float64Array(777 * 2), sums: new Float64Array(777) }
        yield { ...head, kind: 'histogram', bounds: [1], series, ...values }
      },
    },
    {
      format: 'text',
      expectedBytes: 0,
      pause: async () => {
        longest = Math.max(longest, written)
        written = 0
      },
    },
  )
  expect(total).toBe(5555 + 3000 + 777)
  expect(Math.max(longest, written)).toBeLessThan(linesPerSlice + 200)
  expect(longest).toBeGreaterThanOrEqual(linesPerSlice)
})

it('shows each metric as it was at one moment, however long it takes to write', async () => {
  const registry = createMetricsRegistry({ maxSeriesPerMetric: 10_000 })
  const counter = registry.counter({ name: 'requests_total', help: 'Requests.', labels: ['id'] })
  const handles = Array.from({ length: 5000 }, (_, id) => counter.bind({ id: String(id) }))
  const histogram = registry.histogram({ name: 'wait_seconds', help: 'Waiting.', labels: ['id'] })
  const waits = Array.from({ length: 500 }, (_, id) => histogram.bind({ id: String(id) }))
  const page = await renderMetrics(registry, {
    format: 'text',
    expectedBytes: 0,
    pause: async () => {
      for (const handle of handles) handle.add()
      for (const wait of waits) wait.record(1)
      counter.unbind({ id: '4999' })
    },
  })
  for (const { samples } of parseMetricsPage(Buffer.from(page).toString(), 'text')) {
    const counts = samples.filter(({ name }) => name.endsWith('_total') || name.endsWith('_count'))
    expect(counts).toHaveLength(samples.length === 5000 ? 5000 : 500)
    expect(new Set(counts.map(({ value }) => value)).size).toBe(1)
  }
})

it('leaves time for others between its slices', async () => {
  const registry = createMetricsRegistry({ maxSeriesPerMetric: 10_000 })
  const counter = registry.counter({ name: 'requests_total', help: 'Requests.', labels: ['id'] })
  for (let id = 0; id < 10_000; id++) counter.bind({ id: String(id) })
  let turns = 0
  let isDone = false
  const turn = (): void => {
    turns++
    if (!isDone) setImmediate(turn)
  }
  setImmediate(turn)
  await renderMetrics(registry, {
    format: 'text',
    expectedBytes: 0,
    pause: () => new Promise((resolve) => setImmediate(resolve)),
  })
  isDone = true
  // Ten slices of a thousand lines; somebody else had a turn after each.
  expect(turns).toBeGreaterThanOrEqual(9)
})
