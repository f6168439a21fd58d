import type { LogFields, Logger, Metrics } from '@holdfast/contracts'
import { createFakeClock } from '@holdfast/testkit'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { createMetricsRegistry, type MetricsRegistry } from './create-metrics-registry.ts'
import type { HistogramSnapshot, NumberSnapshot } from './metric-snapshot.ts'

const help = 'Something happened.'

const numbersOf = (registry: MetricsRegistry, name: string): readonly (readonly [string, number])[] => {
  for (const metric of registry.collect()) {
    // The caller names a counter or a gauge.
    if (metric.name === name)
      return readSeries(metric as NumberSnapshot).map(({ line, value }) => [
        line.slice(name.length).replace(/^\{?(.*?)\}? $/s, '$1'),
        value,
      ])
  }
  return []
}

const readSeries = ({ series, values }: NumberSnapshot) =>
  series.map(({ labels, line }, position) => ({ labels, line, value: values[position] ?? Number.NaN }))

const recordingLogger = (): { readonly logger: Logger; readonly lines: (readonly [string, LogFields, string])[] } => {
  const lines: (readonly [string, LogFields, string])[] = []
  const log = (level: string) => (fields: LogFields, message: string) => {
    lines.push([level, fields, message])
  }
  return { lines, logger: { debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error') } }
}

it('counts, and ignores what would make a count go down or mean nothing', () => {
  const registry = createMetricsRegistry()
  const counter = registry.counter({ name: 'requests_total', help }).bind()
  counter.add()
  counter.add(2)
  counter.add(0.5)
  for (const amount of [-1, Number.NaN, Number.POSITIVE_INFINITY, -0.5]) counter.add(amount)
  expect(numbersOf(registry, 'requests_total')).toEqual([['', 3.5]])
})

it('counts exactly far beyond small integers', () => {
  const registry = createMetricsRegistry()
  const counter = registry.counter({ name: 'bytes_total', help }).bind()
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.integer({ min: 0, max: 2 ** 32 }), fc.constant(2 ** 31 - 1))), (amounts) => {
      const before = numbersOf(registry, 'bytes_total')[0]?.[1] ?? 0
      for (const amount of amounts) counter.add(amount)
      const after = numbersOf(registry, 'bytes_total')[0]?.[1]
      expect(after).toBe(before + amounts.reduce((sum, amount) => sum + amount, 0))
    }),
  )
})

it('keeps gauges that go up and down', () => {
  const registry = createMetricsRegistry()
  const gauge = registry.gauge({ name: 'connections', help, labels: ['state'] })
  gauge.bind({ state: 'idle' }).set(3)
  gauge.bind({ state: 'idle' }).add(-1)
  gauge.bind({ state: 'busy' }).add(Number.NaN)
  expect(numbersOf(registry, 'connections')).toEqual([
    ['state="idle"', 2],
    ['state="busy"', 0],
  ])
})

it('puts each value into the first bucket that is not below it', () => {
  const registry = createMetricsRegistry()
  const histogram = registry.histogram({ name: 'wait_seconds', help, buckets: [0.1, 1] }).bind()
  for (const value of [0.05, 0.1, 0.5, 1, 2, -1, Number.NaN, Number.POSITIVE_INFINITY]) histogram.record(value)
  const [metric] = registry.collect()
  // The only metric is a histogram.
  const { counts, sums } = metric as HistogramSnapshot
  expect([...counts, ...sums]).toEqual([3, 2, 1, 2.65])
})

it('gives the same handle for the same labels, whatever their order, and another for others', () => {
  const metric = createMetricsRegistry().counter({ name: 'requests_total', help, labels: ['method', 'code'] })
  const handle = metric.bind({ method: 'GET', code: 'OK' })
  expect(metric.bind({ code: 'OK', method: 'GET' })).toBe(handle)
  expect(metric.bind({ code: 'GET', method: 'OK' })).not.toBe(handle)
})

it('takes no two sets of labels for one another, whatever their values', () => {
  const value = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('', '"', '\\', '\n', ',', '",b="', '\u0000'))
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.tuple(value, value), { selector: (pair) => JSON.stringify(pair), maxLength: 20 }),
      (pairs) => {
        const registry = createMetricsRegistry()
        const metric = registry.gauge({ name: 'things', help, labels: ['a', 'b'] })
        const wellFormed = pairs.filter(([a, b]) => a.isWellFormed() && b.isWellFormed())
        for (const [position, [a, b]] of wellFormed.entries()) metric.bind({ a, b }).set(position)
        const seen = numbersOf(registry, 'things')
        expect(seen.map(([, position]) => position)).toEqual(wellFormed.map((_, position) => position))
        expect(new Set(seen.map(([text]) => text)).size).toBe(wellFormed.length)
      },
    ),
  )
})

it('cuts long values and repairs broken ones, so that one series is one series on the page', () => {
  const metric = createMetricsRegistry().counter({ name: 'requests_total', help, labels: ['tenant'] })
  const long = 'x'.repeat(300)
  expect(metric.bind({ tenant: long })).toBe(metric.bind({ tenant: `${long}y` }))
  expect(metric.bind({ tenant: '\ud800' })).toBe(metric.bind({ tenant: '\udc00' }))
})

it('refuses labels that are not the metric’s, all of them at once', () => {
  const metric = createMetricsRegistry().counter({ name: 'requests_total', help, labels: ['method', 'code'] })
  const known = { method: 'GET', code: 'OK' }
  metric.bind(known)
  const wrong: readonly unknown[] = [
    undefined,
    {},
    { method: 'GET' },
    { ...known, extra: 'x' },
    { ...known, code: 200 },
  ]
  for (const labels of wrong) {
    // What a caller without types may give.
    expect(() => metric.bind(labels as Record<string, string>)).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT', reason: 'OPTIONS_INVALID' }),
    )
  }
  expect(() => metric.bind({ status: 'OK', methods: 'GET' })).toThrow(
    /labels\.method: .*labels\.code: .*labels\.status: .*labels\.methods: /,
  )
})

it('folds what is over the limit into one series, says so once, and counts how often', () => {
  const { logger, lines } = recordingLogger()
  const registry = createMetricsRegistry({ maxSeriesPerMetric: 2, logger })
  const metric = registry.counter({ name: 'requests_total', help, labels: ['tenant', 'code'] })
  for (const tenant of ['a', 'b', 'c', 'd', 'c']) metric.bind({ tenant, code: 'OK' }).add()
  metric.bind({ tenant: 'a', code: 'OK' }).add()
  expect(numbersOf(registry, 'requests_total')).toEqual([
    ['tenant="a",code="OK"', 2],
    ['tenant="b",code="OK"', 1],
    ['tenant="__overflow__",code="__overflow__"', 3],
  ])
  expect(numbersOf(registry, 'holdfast_telemetry_overflows_total')).toEqual([['metric="requests_total"', 3]])
  expect(lines).toEqual([['warn', { metric: 'requests_total', maxSeries: 2 }, expect.stringContaining('__overflow__')]])
})

it('counts what is bound to __overflow__ by name as the rest', () => {
  const registry = createMetricsRegistry({ maxSeriesPerMetric: 1 })
  const metric = registry.counter({ name: 'requests_total', help, labels: ['tenant'] })
  const rest = metric.bind({ tenant: '__overflow__' })
  expect(metric.bind({ tenant: 'a' })).not.toBe(rest)
  expect(metric.bind({ tenant: 'b' })).toBe(rest)
})

it('frees the place of what is unbound', () => {
  const registry = createMetricsRegistry({ maxSeriesPerMetric: 1 })
  const metric = registry.gauge({ name: 'things', help, labels: ['pool', 'state'] })
  metric.bind({ pool: 'a', state: 'idle' }).set(1)
  metric.unbind({ pool: 'a', state: 'busy' })
  metric.unbind({ pool: 'a', state: 'idle' })
  metric.unbind({ pool: 'a', state: 'idle' })
  metric.bind({ pool: 'b', state: 'idle' }).set(2)
  expect(numbersOf(registry, 'things')).toEqual([['pool="b",state="idle"', 2]])
  metric.bind({ pool: 'c', state: 'idle' }).set(3)
  metric.unbind({ pool: '__overflow__', state: '__overflow__' })
  expect(numbersOf(registry, 'things')).toEqual([['pool="b",state="idle"', 2]])
  metric.bind({ pool: 'c', state: 'idle' }).set(4)
  expect(numbersOf(registry, 'things')[1]?.[1]).toBe(4)
})

it('behaves as a plain map of label sets does, through any series of calls', () => {
  const value = fc.constantFrom('', 'a', 'b', 'c')
  const call = fc.record({ isBind: fc.boolean(), x: value, y: value, z: value })
  fc.assert(
    fc.property(fc.array(call), (calls) => {
      const registry = createMetricsRegistry()
      const metric = registry.counter({ name: 'things_total', help, labels: ['x', 'y', 'z'] })
      const model = new Map<string, number>()
      for (const { isBind, ...labels } of calls) {
        const key = JSON.stringify(labels)
        if (isBind) {
          metric.bind(labels).add()
          model.set(key, (model.get(key) ?? 0) + 1)
        } else {
          metric.unbind(labels)
          model.delete(key)
        }
      }
      const [snapshot] = registry.collect()
      // The only metric is a counter.
      const seen = readSeries(snapshot as NumberSnapshot).map(({ labels, value }) => [JSON.stringify(labels), value])
      expect(seen).toEqual([...model])
    }),
  )
})

it('registers a name once, and refuses it with another kind, other labels or other buckets', () => {
  const registry = createMetricsRegistry()
  const counter = registry.counter({ name: 'requests_total', help, labels: ['a', 'b'] })
  expect(registry.counter({ name: 'requests_total', help: 'Otherwise.', labels: ['b', 'a'] })).toBe(counter)
  registry.histogram({ name: 'wait_seconds', help, buckets: [1] })
  registry.observe({ name: 'size_bytes', help }, () => {})
  const attempts: readonly ((metrics: Metrics) => unknown)[] = [
    (metrics) => metrics.counter({ name: 'requests_total', help }),
    // In OpenMetrics both would be the family `requests`.
    (metrics) => metrics.gauge({ name: 'requests', help, labels: ['a', 'b'] }),
    (metrics) => metrics.observe({ name: 'requests_total', help, labels: ['a', 'b'], kind: 'counter' }, () => {}),
    (metrics) => metrics.histogram({ name: 'wait_seconds', help, buckets: [2] }),
    (metrics) => metrics.gauge({ name: 'size_bytes', help }),
  ]
  for (const attempt of attempts) {
    expect(() => attempt(registry)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }))
  }
})

it.each([
  ['counter', 'requests'],
  ['gauge', 'requests_total'],
  ['gauge', 'Requests'],
  ['gauge', 'requestCount'],
  ['gauge', '1st'],
  ['gauge', 'a__b'],
  ['gauge', 'a:b'],
  ['gauge', 'wait_ms'],
  ['gauge', 'wait_milliseconds'],
  ['gauge', 'size_kb'],
  ['gauge', 'fill_percent'],
  ['gauge', 'wait_sum'],
  ['gauge', 'wait_count'],
  ['gauge', 'wait_bucket'],
  ['gauge', 'wait_created'],
  ['gauge', 'wait_gauge'],
] as const)('refuses a %s named %s', (kind, name) => {
  expect(() => createMetricsRegistry()[kind]({ name, help })).toThrow(
    expect.objectContaining({
      code: 'INVALID_ARGUMENT',
      details: { problems: [expect.objectContaining({ path: 'name' })] },
    }),
  )
})

it('names everything wrong with a metric at once', () => {
  const registry = createMetricsRegistry()
  const labels = ['le', 'Code', '__name', 'a', 'a']
  expect(() => registry.histogram({ name: 'Wait', help: ' ', labels, buckets: [2, 1] })).toThrow(
    /name: .*help: .*labels\.0: .*labels\.1: .*labels\.2: .*labels\.4: .*buckets: /,
  )
  expect(() => registry.histogram({ name: 'wait_seconds', help, buckets: [] })).toThrow(/buckets/)
  expect(() => registry.histogram({ name: 'wait_seconds', help, buckets: [1, Number.POSITIVE_INFINITY] })).toThrow(
    /buckets/,
  )
  expect(() =>
    registry.gauge({ name: 'things', help, labels: Array.from({ length: 17 }, (_, at) => `l${at}`) }),
  ).toThrow(/labels/)
  expect(() => createMetricsRegistry({ maxSeriesPerMetric: 0 })).toThrow(/maxSeriesPerMetric/)
})

it('asks observers at each reading, adds them up, and forgets what nobody mentions', () => {
  const registry = createMetricsRegistry()
  const options = { name: 'pool_connections', help, labels: ['pool'] }
  let pools = ['a', 'b']
  registry.observe(options, (observe) => {
    for (const pool of pools) observe(1, { pool })
  })
  const end = registry.observe(options, (observe) => observe(5, { pool: 'a' }))
  expect(numbersOf(registry, 'pool_connections')).toEqual([
    ['pool="a"', 6],
    ['pool="b"', 1],
  ])
  pools = ['b']
  end()
  end()
  expect(numbersOf(registry, 'pool_connections')).toEqual([['pool="b"', 1]])
  expect(numbersOf(registry, 'pool_connections')).toEqual([['pool="b"', 1]])
})

it('reads on when an observer throws, and says so', () => {
  const { logger, lines } = recordingLogger()
  const registry = createMetricsRegistry({ logger })
  registry.observe({ name: 'broken', help }, () => {
    throw new TypeError('planted-observer-secret')
  })
  registry.observe({ name: 'sent_bytes_total', help, kind: 'counter' }, (observe) => observe(7))
  expect([...registry.collect()].map(({ name, kind, unit }) => [name, kind, unit])).toEqual([
    ['broken', 'gauge', undefined],
    ['sent_bytes_total', 'counter', 'bytes'],
  ])
  expect(lines).toEqual([['error', { metric: 'broken', error: 'TypeError' }, 'an observer threw']])
})

it('says since when a series counts', () => {
  const clock = createFakeClock()
  const registry = createMetricsRegistry({ clock })
  const metric = registry.counter({ name: 'requests_total', help, labels: ['code'] })
  metric.bind({ code: 'OK' })
  const startedAt = clock.wallNow()
  clock.advance(1000)
  metric.bind({ code: 'NOT_FOUND' })
  const [snapshot] = registry.collect()
  expect(snapshot?.series.map(({ since }) => since - startedAt)).toEqual([0, 1000])
})
