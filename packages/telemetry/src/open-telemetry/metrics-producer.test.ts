import { createFakeClock } from '@holdfast/testkit'
import {
  AggregationTemporality,
  DataPointType,
  InMemoryMetricExporter,
  MeterProvider,
  type MetricProducer,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import { expect, it } from 'vitest'
import { createMetricsRegistry } from '../metrics/create-metrics-registry.ts'
import { openTelemetryMetricProducer } from './metrics-producer.ts'

it('hands every kind of metric to a reader of the SDK', async () => {
  const clock = createFakeClock({ wallMs: 1_700_000_000_250 })
  const registry = createMetricsRegistry({ clock })
  registry
    .counter({ name: 'requests_total', help: 'Requests.', labels: ['code', 'tenant'] })
    .bind({ code: 'OK', tenant: '' })
    .add(3)
  registry.gauge({ name: 'heap_bytes', help: 'Heap.' }).bind().set(1024)
  registry.gauge({ name: 'nothing', help: 'Not bound.' })
  const wait = registry.histogram({ name: 'wait_seconds', help: 'Waiting.', buckets: [0.1, 1] }).bind()
  for (const value of [0.05, 0.5, 0.5, 2]) wait.record(value)
  clock.advance(1500)

  const producer: MetricProducer = openTelemetryMetricProducer(registry, { clock })
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
  const reader = new PeriodicExportingMetricReader({ exporter, metricProducers: [producer] })
  const provider = new MeterProvider({ readers: [reader] })
  provider.getMeter('other').createCounter('of.the.sdk').add(1)
  await reader.forceFlush()
  const [exported] = exporter.getMetrics()
  await provider.shutdown()

  const scope = exported?.scopeMetrics.find(({ scope }) => scope.name === '@holdfast/telemetry')
  const point = { startTime: [1_700_000_000, 250_000_000], endTime: [1_700_000_001, 750_000_000] }
  const head = { aggregationTemporality: AggregationTemporality.CUMULATIVE }
  expect(scope?.metrics).toEqual([
    {
      ...head,
      descriptor: { name: 'requests_total', description: 'Requests.', unit: '', valueType: 1 },
      dataPointType: DataPointType.SUM,
      isMonotonic: true,
      dataPoints: [{ ...point, attributes: { code: 'OK' }, value: 3 }],
    },
    {
      ...head,
      descriptor: { name: 'heap_bytes', description: 'Heap.', unit: 'By', valueType: 1 },
      dataPointType: DataPointType.GAUGE,
      dataPoints: [{ ...point, attributes: {}, value: 1024 }],
    },
    {
      ...head,
      descriptor: { name: 'wait_seconds', description: 'Waiting.', unit: 's', valueType: 1 },
      dataPointType: DataPointType.HISTOGRAM,
      dataPoints: [
        {
          ...point,
          attributes: {},
          value: { buckets: { boundaries: [0.1, 1], counts: [1, 2, 1] }, sum: 3.05, count: 4 },
        },
      ],
    },
  ])
  expect(exported?.scopeMetrics).toHaveLength(2)
})

it('tells the reader what could not be read', async () => {
  const producer = openTelemetryMetricProducer({
    collect: () => {
      throw new TypeError('broken')
    },
  })
  const { errors, resourceMetrics } = await producer.collect()
  expect(errors).toHaveLength(1)
  expect(resourceMetrics.scopeMetrics[0]?.metrics).toEqual([])
})
