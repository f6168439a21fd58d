// How do I see in a trace what my credentials do?
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'

// #region setup
import { context, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace'

// Any SDK will do, before or after the layers are made; in production an OTLP exporter stands here.
const exporter = new InMemorySpanExporter()
context.setGlobalContextManager(new AsyncLocalStorageContextManager())
trace.setGlobalTracerProvider(new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] }))

// #endregion setup

// #region example
import { compose } from '@holdfast/contracts'
import { credentialStorageOperations } from '@holdfast/contracts/credentials'
import { createCredentialManager, createKeyring, rawKey } from '@holdfast/credential-core'
import { standard } from '@holdfast/resilience'
import { createMemoryStorage } from '@holdfast/storage-memory'
import { openTelemetryTracer, traceAttempts, tracing } from '@holdfast/telemetry/tracing'

const policy = standard({ retry: { baseDelayMs: 10 } })
traceAttempts(policy.attempts) // failed attempts are events on the span of the call

const backend = createMemoryStorage()
const storage = compose(
  backend,
  tracing().layer(credentialStorageOperations), // a span for each operation of the storage
  policy.layer(credentialStorageOperations),
)
const keyring = createKeyring({ storage, unlock: [rawKey(randomBytes(32))], createIfMissing: true })
const manager = createCredentialManager({ storage, keyring, tracer: openTelemetryTracer() })
// #endregion example

await manager.store('db/main', 'correct horse')
exporter.reset()
backend.failNextWith('UNAVAILABLE')
await trace.getTracer('http').startActiveSpan('GET /orders', async (request) => {
  await manager.retrieve('db/main')
  request.end()
})

const spans = exporter.getFinishedSpans()
const [retrieve, managed, request] = ['retrieve storage-memory', 'credential.retrieve', 'GET /orders'].map((name) =>
  spans.find((span) => span.name === name),
)
for (const span of spans)
  console.log(
    span.name,
    span.attributes,
    span.events.map(({ name }) => name),
  )
assert.equal(retrieve?.parentSpanContext?.spanId, managed?.spanContext().spanId)
assert.equal(managed?.parentSpanContext?.spanId, request?.spanContext().spanId)
assert.equal(retrieve?.attributes['credential.id'], 'db/main')
assert.equal(retrieve?.events[0]?.name, 'attempt.failed')
assert.ok(!JSON.stringify(spans.map(({ attributes, events }) => [attributes, events])).includes('correct horse'))
await manager.close()
await storage.close()
