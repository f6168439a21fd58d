import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, it } from 'vitest'
import { parseMetricsPage, type Sample } from '../../test/parse-metrics-page.ts'
import { createMetricsRegistry, type MetricsRegistry } from '../metrics/create-metrics-registry.ts'
import { renderMetrics } from '../prometheus/render-metrics.ts'
import { countOpenFiles } from './count-open-files.ts'
import { observeProcess } from './observe-process.ts'

const readSamples = async (registry: MetricsRegistry): Promise<readonly Sample[]> => {
  const page = await renderMetrics(registry, {
    format: 'openmetrics',
    expectedBytes: 0,
    pause: () => Promise.resolve(),
  })
  return parseMetricsPage(Buffer.from(page).toString(), 'openmetrics').flatMap(({ samples }) => samples)
}

/** Waits for something that the operating system or the engine tells of in its own time; Node samples the delay of the loop every 10 ms. */
const eventually = async <T>(read: () => Promise<T | undefined>): Promise<T> => {
  for (;;) {
    const value = await read()
    if (value !== undefined) return value
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

it('shows what Node knows of the process, and nothing when it has ended', async () => {
  const registry = createMetricsRegistry()
  const end = observeProcess(registry)
  const figureOf = (samples: readonly Sample[], name: string): number | undefined =>
    samples.find((sample) => sample.name === name)?.value
  const samples = await eventually(async () => {
    const read = await readSamples(registry)
    const isThere = (name: string): boolean => figureOf(read, name) !== undefined
    return isThere('nodejs_eventloop_delay_p99_seconds') &&
      (isThere('process_open_fds') || process.platform !== 'linux')
      ? read
      : undefined
  })
  const names = new Set(samples.map(({ name }) => name))
  for (const name of [
    'process_cpu_seconds_total',
    'process_start_time_seconds',
    'process_resident_memory_bytes',
    'nodejs_external_memory_bytes',
    'v8js_memory_heap_used_bytes',
    'v8js_memory_heap_limit_bytes',
    'nodejs_eventloop_utilization_ratio',
    'nodejs_eventloop_time_seconds_total',
    'nodejs_eventloop_delay_max_seconds',
    'v8js_gc_duration_seconds_count',
  ]) {
    expect(names).toContain(name)
  }
  expect(figureOf(samples, 'process_start_time_seconds')).toBeCloseTo(performance.timeOrigin / 1000, 3)
  expect(figureOf(samples, 'process_resident_memory_bytes')).toBeGreaterThan(1e6)
  // A process that does nothing has no delay: what Node samples is less than ten seconds late, and not the 10 ms between two samples.
  expect(figureOf(samples, 'nodejs_eventloop_delay_min_seconds')).toBeLessThan(10)
  for (const { value } of samples) expect(value).toBeGreaterThanOrEqual(0)
  end()
  expect(await readSamples(registry)).toEqual([])
})

it('counts garbage collections', async () => {
  const registry = createMetricsRegistry()
  const end = observeProcess(registry)
  setFlagsFromString('--expose-gc')
  runInNewContext('gc()')
  const majors = await eventually(async () =>
    (await readSamples(registry)).find(
      ({ name, labels, value }) =>
        name === 'v8js_gc_duration_seconds_count' && labels.v8js_gc_type === 'major' && value > 0,
    ),
  )
  expect(majors.value).toBeGreaterThanOrEqual(1)
  end()
})

it('knows nothing of open files where the system tells nothing', async () => {
  const files = countOpenFiles('/nowhere')
  expect([files.limit, files.latest()]).toEqual([undefined, undefined])
  await new Promise((resolve) => setImmediate(resolve))
  expect(files.latest()).toBeUndefined()
})
