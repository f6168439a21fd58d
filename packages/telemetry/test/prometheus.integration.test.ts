import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { rm, writeFile } from 'node:fs/promises'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { credentialStorageOperations } from '@holdfast/contracts/credentials'
import { createMemoryStorage } from '@holdfast/storage-memory'
import { describeWithServer } from '@holdfast/test-servers'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createMetricsRegistry, metrics, observeProcess, prometheusHandler } from '../src/index.ts'
import { parseMetricsPage } from './parse-metrics-page.ts'

/** Whatever could end a value, a line or a page. */
const hostile = [
  '"',
  '\\',
  '\n',
  '\\n',
  '"} 1\nforged_total 1',
  '# EOF',
  '\r\n',
  '\u0000',
  '😀',
  'é',
  '{a="b"}',
  '\ud800',
]

/** Longest time until Prometheus has found a target and scraped it, which takes 5 to 6 s. */
const patienceMs = 60_000

interface Result {
  readonly metric: Readonly<Record<string, string>>
  readonly value: readonly [number, string]
}

describeWithServer('prometheus', ({ settings }) => {
  const { PROMETHEUS_URL = '', PROMETHEUS_TARGETS_FOLDER = '', PROMTOOL = '' } = settings
  const suite = `telemetry-${randomUUID()}`
  const targetsFile = join(PROMETHEUS_TARGETS_FOLDER, `${suite}.json`)
  const registry = createMetricsRegistry()
  const handler = prometheusHandler(registry)
  const closers: (() => void | Promise<void>)[] = [observeProcess(registry)]
  const answers = new Set<string>()
  let address = ''

  const listen = async (listener: RequestListener): Promise<string> => {
    const server = createServer(listener)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    closers.push(() => {
      server.closeAllConnections()
      server.close()
    })
    // It listens on a port of TCP.
    return `127.0.0.1:${(server.address() as AddressInfo).port}`
  }

  const ask = async (path: string, parameters: Record<string, string>): Promise<unknown> => {
    const answer = await fetch(`${PROMETHEUS_URL}/api/v1/${path}?${new URLSearchParams(parameters)}`)
    expect(answer.status).toBe(200)
    return answer.json()
  }
  /** Asks for an instant vector. */
  const query = async (expression: string): Promise<readonly Result[]> => {
    // https://prometheus.io/docs/prometheus/latest/querying/api/#instant-queries
    const { data } = (await ask('query', { query: expression })) as { readonly data: { readonly result: Result[] } }
    return data.result
  }
  const valuesOf = async (expression: string): Promise<readonly number[]> =>
    (await query(expression)).map(({ value }) => Number(value[1]))

  beforeAll(async () => {
    const labelled = registry.counter({
      name: 'hostile_total',
      help: 'A "quoted" \\ help\nof two lines.',
      labels: ['text'],
    })
    for (const [position, text] of hostile.entries()) labelled.bind({ text }).add(position + 1)
    const gauge = registry.gauge({ name: 'temperature_celsius', help: 'Temperatures.', labels: ['place'] })
    gauge.bind({ place: 'inside' }).set(-3.25)
    gauge.bind({ place: 'nowhere' }).set(Number.NaN)
    gauge.bind({ place: 'sun' }).set(Number.POSITIVE_INFINITY)
    const wait = registry.histogram({ name: 'wait_seconds', help: 'Waiting.', buckets: [0.1, 1, 10] }).bind()
    for (let count = 0; count < 100; count++) wait.record(count < 90 ? 0.0625 : 5)
    const storage = metrics({ registry }).layer(credentialStorageOperations)(createMemoryStorage())
    for (let count = 0; count < 7; count++) await storage.exists('db/main')
    await storage.retrieve('db/main').catch(() => {})
    await storage.close()

    // Once through the web's Request and Response, and once as node:http has it.
    address = await listen(async ({ headers }, response) => {
      const wanted = { accept: headers.accept ?? '', 'accept-encoding': headers['accept-encoding']?.toString() ?? '' }
      const answer = await handler.fetch(new Request('http://example.test/metrics', { headers: wanted }))
      answers.add(`${answer.headers.get('content-type')}, ${answer.headers.get('content-encoding')}`)
      response.writeHead(answer.status, Object.fromEntries(answer.headers))
      response.end(Buffer.from(await answer.arrayBuffer()))
    })
    const textOnly = await listen((request, response) => {
      request.headers.accept = 'text/plain'
      handler.node(request, response)
    })
    const targets = [
      { targets: [address], labels: { suite, format: 'negotiated' } },
      { targets: [textOnly], labels: { suite, format: 'text' } },
    ]
    await writeFile(targetsFile, JSON.stringify(targets))
    const deadline = performance.now() + patienceMs
    while ((await query(`up{suite="${suite}"} == 1`)).length < 2) {
      if (performance.now() > deadline) throw new Error(`Not scraped: ${JSON.stringify(await ask('targets', {}))}`)
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }, 2 * patienceMs)

  afterAll(async () => {
    await rm(targetsFile, { force: true })
    for (const close of closers) await close()
  })

  it('is scraped as OpenMetrics, and as text by who wants that', async () => {
    expect([...answers]).toEqual(['application/openmetrics-text; version=1.0.0; charset=utf-8, gzip'])
    const page = await (await fetch(`http://${address}/metrics`)).text()
    const lines = parseMetricsPage(page, 'text').flatMap(({ samples }) => samples).length
    const scraped = await valuesOf(`scrape_samples_scraped{suite="${suite}"}`)
    // Within what the runtime shows of itself, types of resources come and go.
    for (const samples of scraped) expect(Math.abs(samples - lines)).toBeLessThan(30)
    expect(scraped).toHaveLength(2)
  })

  it.each(['negotiated', 'text'])('gives back what was measured, %s', async (format) => {
    const target = `suite="${suite}",format="${format}"`
    const seen = await query(`hostile_total{${target}}`)
    expect(Object.fromEntries(seen.map(({ metric, value }) => [metric.text, value[1]]))).toEqual(
      Object.fromEntries(hostile.map((text, position) => [text.toWellFormed(), String(position + 1)])),
    )
    expect(await query(`forged_total{${target}}`)).toEqual([])

    const temperatures = await query(`temperature_celsius{${target}}`)
    expect(Object.fromEntries(temperatures.map(({ metric, value }) => [metric.place, value[1]]))).toEqual({
      inside: '-3.25',
      nowhere: 'NaN',
      sun: '+Inf',
    })

    expect(await valuesOf(`wait_seconds_count{${target}}`)).toEqual([100])
    expect(await valuesOf(`wait_seconds_sum{${target}}`)).toEqual([90 * 0.0625 + 10 * 5])
    // Nine tenths are in the first bucket, so the 95th percentile lies in the middle of the third.
    expect(await valuesOf(`histogram_quantile(0.95, wait_seconds_bucket{${target}})`)).toEqual([5.5])

    const operations = await query(`holdfast_operations_total{${target}}`)
    expect(operations.map(({ metric, value }) => [metric.operation, metric.code, value[1]]).sort()).toEqual([
      ['exists', 'OK', '7'],
      ['retrieve', 'NOT_FOUND', '1'],
    ])
    const [started = 0] = await valuesOf(`process_start_time_seconds{${target}}`)
    expect(started).toBeCloseTo(performance.timeOrigin / 1000, 2)
  })

  it('is known by its type, its unit and its help', async () => {
    const metadataOf = async (metric: string): Promise<unknown> => {
      const target = `{suite="${suite}",format="negotiated"}`
      // https://prometheus.io/docs/prometheus/latest/querying/api/#querying-target-metadata
      const { data } = (await ask('targets/metadata', { match_target: target, metric })) as {
        readonly data: readonly { readonly type: string; readonly unit: string; readonly help: string }[]
      }
      return data.map(({ type, unit, help }) => [type, unit, help])
    }
    expect(await metadataOf('hostile')).toEqual([['counter', '', 'A "quoted" \\ help\nof two lines.']])
    expect(await metadataOf('wait_seconds')).toEqual([['histogram', 'seconds', 'Waiting.']])
    expect(await metadataOf('temperature_celsius')).toEqual([['gauge', 'celsius', 'Temperatures.']])
  })

  it('has nothing that promtool would change', async () => {
    const page = await (await fetch(`http://${address}/metrics`)).text()
    expect(page).toContain('holdfast_operation_duration_seconds_bucket')
    expect(page).toContain('process_cpu_seconds_total')
    expect(await checkMetrics(PROMTOOL, page)).toEqual({ code: 0, output: '' })
    // The same check finds what is wrong.
    const wrong = await checkMetrics(PROMTOOL, '# TYPE wait_ms counter\nwait_ms 1\n')
    expect(wrong.code).not.toBe(0)
  })
})

const checkMetrics = (
  promtool: string,
  page: string,
): Promise<{ readonly code: number | null; readonly output: string }> =>
  new Promise((resolve, reject) => {
    const child = spawn(promtool, ['check', 'metrics'], { stdio: ['pipe', 'pipe', 'pipe'] })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        output += chunk.toString()
      })
    }
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, output }))
    child.stdin.end(page)
  })
