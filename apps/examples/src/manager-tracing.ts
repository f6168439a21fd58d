// How do I see in a trace what a request did with my resources?
import assert from 'node:assert/strict'
import { context, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace'

// Any SDK will do; in production an OTLP exporter stands here.
const exporter = new InMemorySpanExporter()
context.setGlobalContextManager(new AsyncLocalStorageContextManager())
trace.setGlobalTracerProvider(new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] }))
let version = 1

// #region example
import { Secret } from '@holdfast/contracts'
import { runWithContext } from '@holdfast/contracts/context'
import type { ResourceAdapter } from '@holdfast/contracts/resources'
import { createResourceManager, resourceKey } from '@holdfast/resource-pool/manager'
import { openTelemetryTracer } from '@holdfast/telemetry/tracing'

const adapter: ResourceAdapter<Connection> = {
  name: 'postgres',
  create: async ({ credentials }) => connect(credentials.login?.value),
  validate: async () => true,
  destroy: async () => {},
}
const orders = resourceKey<Connection>('orders-db')
const manager = createResourceManager({ tracer: openTelemetryTracer() })
manager.register(orders, {
  adapter,
  pool: { maxSize: 2 },
  health: { intervalMs: 50 },
  credentials: {
    login: { retrieve: async () => ({ value: new Secret('correct horse'), version: `${version}` }) },
  },
})
await manager.start()

const tracer = trace.getTracer('http')
await tracer.startActiveSpan('GET /orders', async (request) => {
  await runWithContext({ tenant: 'acme' }, () => manager.use(orders, (connection) => connection.query('SELECT 1')))
  request.end()
})
// #endregion example

interface Connection {
  query(text: string): Promise<string>
}

async function connect(password: unknown): Promise<Connection> {
  assert.ok(password)
  return { query: async (text) => `answer to ${text}` }
}

version = 2
await manager.rotate(orders)
const named = (name: string) => exporter.getFinishedSpans().filter((span) => span.name === name)
for (const deadline = Date.now() + 20_000; named('holdfast.resource.health').length === 0; ) {
  assert.ok(Date.now() < deadline, 'no check was traced')
  await new Promise((resolve) => setTimeout(resolve, 5))
}
await manager.close()

for (const span of exporter.getFinishedSpans()) console.log(span.name, span.attributes)
const [request] = named('GET /orders')
const acquire = named('holdfast.resource.acquire').find(({ attributes }) => attributes.tenant === 'acme')
assert.equal(acquire?.parentSpanContext?.spanId, request?.spanContext().spanId)
assert.equal(acquire?.attributes.resource, 'orders-db')
assert.equal(acquire?.attributes.type, 'postgres')
for (const what of ['create', 'destroy', 'rotate', 'health', 'probe']) {
  const [span] = named(`holdfast.resource.${what}`)
  assert.deepEqual([what, span?.attributes.resource, span?.attributes.type], [what, 'orders-db', 'postgres'])
}
// The probe through a connection is part of the check.
const checks = new Set(named('holdfast.resource.health').map((span) => span.spanContext().spanId))
assert.ok(named('holdfast.resource.probe').every((span) => checks.has(span.parentSpanContext?.spanId ?? '')))
assert.ok(!JSON.stringify(exporter.getFinishedSpans().map(({ attributes }) => attributes)).includes('correct horse'))
