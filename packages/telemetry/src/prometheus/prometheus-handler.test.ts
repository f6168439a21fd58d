import { gunzipSync } from 'node:zlib'
import { expect, it } from 'vitest'
import { parseMetricsPage } from '../../test/parse-metrics-page.ts'
import { createMetricsRegistry } from '../metrics/create-metrics-registry.ts'
import { prometheusHandler } from './prometheus-handler.ts'

/** What Prometheus sends. */
const ofPrometheus2 =
  'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1'
const ofPrometheus3 =
  'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.7,application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1'

const createExample = (series: number) => {
  const registry = createMetricsRegistry({ maxSeriesPerMetric: 20_000 })
  const counter = registry.counter({ name: 'requests_total', help: 'Requests.', labels: ['id'] })
  for (let id = 0; id < series; id++) counter.bind({ id: String(id) }).add(id)
  return registry
}

const ask = (handler: ReturnType<typeof prometheusHandler>, headers: Record<string, string> = {}, method = 'GET') =>
  handler.fetch(new Request('http://example.test/metrics', { headers, method }))

it.each([
  ['nothing', undefined, 'text/plain; version=0.0.4; charset=utf-8'],
  ['anything', '*/*', 'text/plain; version=0.0.4; charset=utf-8'],
  ['Prometheus 2', ofPrometheus2, 'application/openmetrics-text; version=1.0.0; charset=utf-8'],
  ['Prometheus 3', ofPrometheus3, 'application/openmetrics-text; version=1.0.0; charset=utf-8'],
  ['text rather', 'application/openmetrics-text;q=0.1, text/plain', 'text/plain; version=0.0.4; charset=utf-8'],
  ['a version to come', 'application/openmetrics-text;version=2.0.0', 'text/plain; version=0.0.4; charset=utf-8'],
  [
    'a quoted version',
    'Application/OpenMetrics-Text; Version="1.0.0"',
    'application/openmetrics-text; version=1.0.0; charset=utf-8',
  ],
  ['what was refused', 'application/openmetrics-text;q=0', 'text/plain; version=0.0.4; charset=utf-8'],
  ['a browser', 'text/html,application/xhtml+xml,*/*;q=0.8', 'text/plain; version=0.0.4; charset=utf-8'],
])('chooses the format for who asks for %s', async (_, accept, expected) => {
  const answer = await ask(prometheusHandler(createExample(2)), accept === undefined ? {} : { accept })
  expect(answer.headers.get('content-type')).toBe(expected)
  expect(answer.headers.get('vary')).toBe('accept, accept-encoding')
  const format = expected.startsWith('text') ? 'text' : 'openmetrics'
  expect(parseMetricsPage(await answer.text(), format)[0]?.samples).toHaveLength(2)
})

it('compresses large pages for who takes gzip', async () => {
  const large = prometheusHandler(createExample(500))
  const zipped = await ask(large, { 'accept-encoding': 'gzip, deflate' })
  expect(zipped.headers.get('content-encoding')).toBe('gzip')
  const text = gunzipSync(Buffer.from(await zipped.arrayBuffer())).toString()
  expect(text).toBe(await (await ask(large)).text())
  expect((await ask(large, { 'accept-encoding': 'gzip;q=0' })).headers.has('content-encoding')).toBe(false)
  const small = await ask(prometheusHandler(createExample(1)), { 'accept-encoding': 'gzip' })
  expect(small.headers.has('content-encoding')).toBe(false)
})

it('reads the registry once for scrapes that come together, and anew for one that comes later', async () => {
  const registry = createExample(5000)
  let readings = 0
  registry.observe({ name: 'readings', help: 'How often this was read.' }, (observe) => observe(++readings))
  const handler = prometheusHandler(registry)
  const gzip = { 'accept-encoding': 'gzip' }
  const pages = await Promise.all([ask(handler), ask(handler), ask(handler, gzip), ask(handler, gzip)])
  const [first, second] = await Promise.all(pages.slice(0, 2).map((page) => page.text()))
  expect(first).toBe(second)
  expect(readings).toBe(1)
  await ask(handler)
  expect(readings).toBe(2)
})

it('makes no page for HEAD', async () => {
  const registry = createMetricsRegistry()
  let readings = 0
  registry.observe({ name: 'readings', help: 'How often this was read.' }, (observe) => observe(++readings))
  const answer = await ask(prometheusHandler(registry), {}, 'HEAD')
  expect([answer.status, await answer.text(), readings]).toEqual([200, '', 0])
})

it('makes the next page when one has failed', async () => {
  const registry = createMetricsRegistry()
  let isBroken = true
  const handler = prometheusHandler({
    collect: () => {
      if (isBroken) throw new Error('broken')
      return registry.collect()
    },
  })
  expect((await ask(handler)).status).toBe(500)
  isBroken = false
  expect((await ask(handler)).status).toBe(200)
})
