import { HoldfastError, type Operations } from '@holdfast/contracts'
import { runWithContext } from '@holdfast/contracts/context'
import { credentialStorageOperations } from '@holdfast/contracts/credentials'
import { retry, standard } from '@holdfast/resilience'
import { createMemoryStorage } from '@holdfast/storage-memory'
import { collect, createFakeClock, sampleRecord } from '@holdfast/testkit'
import { expect, it } from 'vitest'
import { createMetricsRegistry, type MetricsRegistry } from './create-metrics-registry.ts'
import { metrics } from './operation-metrics.ts'

/** A contract with one method of each kind, whose work the test does. */
interface Source {
  readonly name: string
  ask(): Promise<string>
  items(): AsyncIterable<number>
  use(work: () => Promise<string>): Promise<string>
  count(): number
}
const operations: Operations<Source> = {
  ask: { kind: 'unary', effect: 'read', idempotent: true },
  items: { kind: 'stream', effect: 'read', idempotent: true },
  use: { kind: 'callback', effect: 'write' },
  count: { kind: 'local' },
}

const failure = (code: 'NOT_FOUND' | 'UNAVAILABLE' | 'TIMEOUT'): HoldfastError =>
  new HoldfastError({ code, source: 'test', operation: 'ask', message: 'Planted.', hint: 'None.' })

const createSource = (work: Partial<Source> = {}): Source => ({
  name: 'storage-test (here)',
  ask: async () => 'answer',
  async *items() {
    yield 1
    yield 2
    yield 3
  },
  use: (inside) => inside(),
  count: () => 1,
  ...work,
})

/** Every series of a registry as `name{labels} value`; of histograms the count and the sum. */
const seriesOf = (registry: MetricsRegistry): readonly string[] =>
  [...registry.collect()].flatMap((metric) => {
    if (metric.kind !== 'histogram') return metric.series.map(({ line }, at) => `${line}${metric.values[at]}`)
    const each = metric.bounds.length + 1
    return metric.series.map(({ lines }, at) => {
      const count = metric.counts.subarray(at * each, (at + 1) * each).reduce((sum, inBucket) => sum + inBucket)
      return `${lines.count.replace('_count', '')}${count} ${metric.sums[at]}`
    })
  })

it('counts operations by code, with their latency', async () => {
  const registry = createMetricsRegistry()
  const clock = createFakeClock()
  const outcomes = [undefined, failure('NOT_FOUND'), failure('UNAVAILABLE'), new TypeError('planted')]
  const measured = metrics({ registry, clock })
  const source = measured.layer(operations)(
    createSource({
      async ask() {
        clock.advance(250)
        const error = outcomes.shift()
        if (error !== undefined) throw error
        return 'answer'
      },
    }),
  )
  expect(await source.ask()).toBe('answer')
  await expect(source.ask()).rejects.toMatchObject({ code: 'NOT_FOUND' })
  await expect(source.ask()).rejects.toMatchObject({ code: 'UNAVAILABLE' })
  await expect(source.ask()).rejects.toThrow(TypeError)
  expect(source.count()).toBe(1)

  const labels = 'package="storage-test",backend="here",operation="ask"'
  expect(seriesOf(registry)).toEqual([
    `holdfast_operation_duration_seconds{${labels},code="OK"} 1 0.25`,
    `holdfast_operation_duration_seconds{${labels},code="NOT_FOUND"} 1 0.25`,
    `holdfast_operation_duration_seconds{${labels},code="UNAVAILABLE"} 1 0.25`,
    `holdfast_operation_duration_seconds{${labels},code="_OTHER"} 1 0.25`,
    `holdfast_operations_total{${labels},code="OK"} 1`,
    `holdfast_operations_total{${labels},code="NOT_FOUND"} 1`,
    `holdfast_operations_total{${labels},code="UNAVAILABLE"} 1`,
    `holdfast_operations_total{${labels},code="_OTHER"} 1`,
    `holdfast_operations_in_flight{${labels}} 0`,
  ])
  expect(measured.read()).toEqual([
    {
      package: 'storage-test',
      backend: 'here',
      calls: 4,
      retries: 0,
      // A NOT_FOUND is an answer.
      errorRate: 0.5,
      operations: {
        ask: {
          calls: 4,
          inFlight: 0,
          errors: { NOT_FOUND: 1, UNAVAILABLE: 1, _OTHER: 1 },
          retries: 0,
          items: 0,
          meanLatencyMs: 250,
          maxLatencyMs: 250,
        },
      },
    },
  ])
})

it('knows what is in flight', async () => {
  const registry = createMetricsRegistry()
  const measured = metrics({ registry })
  const answer = Promise.withResolvers<string>()
  const source = measured.layer(operations)(createSource({ ask: () => answer.promise }))
  const asked = source.ask()
  expect(measured.read()[0]?.operations.ask).toMatchObject({ calls: 0, inFlight: 1, meanLatencyMs: 0 })
  expect(seriesOf(registry)).toContain(
    'holdfast_operations_in_flight{package="storage-test",backend="here",operation="ask"} 1',
  )
  answer.resolve('late')
  await asked
  expect(measured.read()[0]?.operations.ask).toMatchObject({ calls: 1, inFlight: 0 })
})

it('measures a stream from its first item to its end, however it ends', async () => {
  const clock = createFakeClock()
  const measured = metrics({ registry: createMetricsRegistry(), clock })
  let mode = 'done'
  const source = measured.layer(operations)(
    createSource({
      async *items() {
        for (let item = 0; item < 3; item++) {
          clock.advance(100)
          yield item
        }
        if (mode === 'fails') throw failure('TIMEOUT')
      },
    }),
  )
  const reading = () => measured.read()[0]?.operations.items
  source.items()
  expect(reading()).toBeUndefined()

  expect(await collect(source.items())).toEqual([0, 1, 2])
  expect(reading()).toMatchObject({ calls: 1, items: 3, meanLatencyMs: 300, errors: {} })

  for await (const _ of source.items()) {
    expect(reading()?.inFlight).toBe(1)
    break
  }
  expect(reading()).toMatchObject({ calls: 2, items: 4, inFlight: 0, errors: {} })

  mode = 'fails'
  await expect(collect(source.items())).rejects.toMatchObject({ code: 'TIMEOUT' })
  expect(reading()).toMatchObject({ calls: 3, items: 7, inFlight: 0, errors: { TIMEOUT: 1 } })
})

it('measures a callback with the work inside it', async () => {
  const clock = createFakeClock()
  const measured = metrics({ registry: createMetricsRegistry(), clock })
  const source = measured.layer(operations)(createSource())
  await source.use(async () => {
    clock.advance(40)
    return 'done'
  })
  expect(measured.read()[0]?.operations.use).toMatchObject({ calls: 1, meanLatencyMs: 40 })
})

it('leaves tenants out unless it is told how many there may be', async () => {
  const registry = createMetricsRegistry()
  const silent = metrics({ registry, package: 'silent' }).layer(operations)(createSource())
  const telling = metrics({ registry, package: 'telling', backend: 'b', maxTenants: 2 }).layer(operations)(
    createSource(),
  )
  for (const tenant of ['a', 'b', 'c', 'd', 'a']) {
    await runWithContext({ tenant }, async () => {
      await silent.ask()
      await telling.ask()
    })
  }
  await telling.ask()
  const counted = seriesOf(registry).filter((line) => line.startsWith('holdfast_operations_total'))
  const start = 'holdfast_operations_total{package="telling",backend="b",operation="ask",code="OK"'
  expect(counted).toEqual([
    'holdfast_operations_total{package="silent",backend="here",operation="ask",code="OK"} 5',
    `${start},tenant="a"} 2`,
    `${start},tenant="b"} 1`,
    `${start},tenant="__overflow__"} 2`,
    `${start}} 1`,
  ])
})

it('counts the retries of the policies it follows', async () => {
  const registry = createMetricsRegistry()
  const measured = metrics({ registry })
  const clock = createFakeClock()
  const policy = standard({ clock, retry: { baseDelayMs: 1, jitter: 'none' } })
  const stop = measured.follow(policy.attempts)
  const backend = createMemoryStorage()
  const storage = measured.layer(credentialStorageOperations)(policy.layer(credentialStorageOperations)(backend))
  backend.failNextWith('UNAVAILABLE', { times: 2 })
  const asked = storage.exists('db/main')
  await clock.advanceAsync(100)
  expect(await asked).toBe(false)
  expect(measured.read()).toMatchObject([{ calls: 1, retries: 2, operations: { exists: { retries: 2, calls: 1 } } }])
  expect(seriesOf(registry).filter((line) => line.includes('retries'))).toEqual([
    expect.stringMatching(/^holdfast_operation_retries_total\{.*operation="exists",code="UNAVAILABLE"\} 2$/),
  ])

  const other = retry({ clock, policy: { baseDelayMs: 1, retries: 1 } })
  measured.follow(other, { package: 'elsewhere' })
  const failed = other
    .execute(() => Promise.reject(failure('UNAVAILABLE')), { operation: 'fetch' })
    .catch(() => 'failed')
  await clock.advanceAsync(100)
  await failed
  // Two attempts failed, one of them for good.
  expect(measured.read()[1]).toMatchObject({ package: 'elsewhere', backend: 'elsewhere', retries: 1, calls: 0 })

  stop()
  backend.failNextWith('UNAVAILABLE', { times: 1 })
  const again = storage.exists('db/main')
  await clock.advanceAsync(100)
  await again
  expect(measured.read()[0]?.retries).toBe(2)
  await storage.close()
})

it('tells several backends apart, and leaves nothing when it ends', async () => {
  const registry = createMetricsRegistry()
  const measured = metrics({ registry })
  for (const name of ['tier-redis (a)', 'tier-redis (b)', 'unnamed']) {
    await measured.layer(operations)(createSource({ name })).ask()
  }
  expect(measured.read().map(({ package: package_, backend, calls }) => [package_, backend, calls])).toEqual([
    ['tier-redis', 'a', 1],
    ['tier-redis', 'b', 1],
    ['unnamed', 'unnamed', 1],
  ])
  measured.end()
  expect(seriesOf(registry)).toEqual([])
  expect(measured.read()).toEqual([])
})

it('leaves nothing either of what is called after it has ended', async () => {
  const registry = createMetricsRegistry()
  const measured = metrics({ registry })
  const wrapped = measured.layer(operations)(createSource())
  measured.end()
  await wrapped.ask()
  measured.end()
  expect(seriesOf(registry)).toEqual([])
})

it('ends without taking anything from another layer over a backend of the same name', async () => {
  const registry = createMetricsRegistry()
  const [one, other] = [metrics({ registry }), metrics({ registry })]
  const [first, second] = [one.layer(operations)(createSource()), other.layer(operations)(createSource())]
  await first.ask()
  await second.ask()
  one.end()
  await second.ask()
  const latencies = seriesOf(registry).filter((series) => series.startsWith('holdfast_operation_duration_seconds'))
  // The call of the first is in the histogram that they share; what only it counted went with it.
  expect(latencies).toEqual([expect.stringMatching(/code="OK"\} 3 /)])
  other.end()
  expect(seriesOf(registry)).toEqual([])
})

it('keeps what the wrapped object can do beyond the contract', async () => {
  const storage = metrics({ registry: createMetricsRegistry() }).layer(credentialStorageOperations)(
    createMemoryStorage(),
  )
  await storage.store('db/main', sampleRecord('db/main'))
  expect(storage.count()).toBe(1)
  await storage.close()
})

it('names every wrong option', () => {
  const wrong = { registry: {}, maxTenants: -1, package: '' }
  // What a caller without types may give.
  expect(() => metrics(wrong as never)).toThrow(/package: .*registry: .*maxTenants: /)
})
