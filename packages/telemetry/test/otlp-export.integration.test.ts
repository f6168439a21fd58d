import { randomBytes } from 'node:crypto'
import { compose, HoldfastError, parseScopeId } from '@holdfast/contracts'
import { runWithContext } from '@holdfast/contracts/context'
import { credentialStorageOperations } from '@holdfast/contracts/credentials'
import { createCredentialManager, createKeyring, rawKey } from '@holdfast/credential-core'
import { standard } from '@holdfast/resilience'
import { createMemoryStorage } from '@holdfast/storage-memory'
import { createSecretScanner } from '@holdfast/testkit'
import { context, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace'
import { expect, it, onTestFinished } from 'vitest'
import { openTelemetryTracer, traceAttempts, tracing } from '../src/tracing/index.ts'
import type { ExportedSpan } from './support/decode-otlp.ts'
import { startOtlpReceiver } from './support/otlp-receiver.ts'

it('spans of a request through manager, retries and storage arrive at an OTLP receiver, in their order and without a secret', async () => {
  const receiver = await startOtlpReceiver()
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ 'service.name': 'orders' }),
    spanProcessors: [new BatchSpanProcessor({ exporter: new OTLPTraceExporter({ url: receiver.url }) })],
  })
  context.setGlobalContextManager(new AsyncLocalStorageContextManager())
  trace.setGlobalTracerProvider(provider)
  onTestFinished(async () => {
    trace.disable()
    context.disable()
    await provider.shutdown()
    await receiver.close()
  })
  const scanner = createSecretScanner()
  const secret = scanner.plant('value of the credential')
  const token = scanner.plant('token in the cause of an error')

  const policy = standard({ retry: { retries: 2, baseDelayMs: 1, jitter: 'none' } })
  traceAttempts(policy.attempts)
  const backend = createMemoryStorage()
  const storage = compose(
    backend,
    tracing().layer(credentialStorageOperations),
    policy.layer(credentialStorageOperations),
    tracing({ package: 'attempt' }).layer(credentialStorageOperations),
  )
  const keyring = createKeyring({ storage: backend, unlock: [rawKey(randomBytes(32))], createIfMissing: true })
  const manager = createCredentialManager({ storage, keyring, tracer: openTelemetryTracer() })
  await trace.getTracer('http').startActiveSpan('POST /orders', async (request) => {
    await runWithContext({ tenant: 'acme' }, async () => {
      await manager.store('db/main', secret, { scope: parseScopeId('org:acme') })
      backend.failNextWith('UNAVAILABLE')
      await manager.retrieve('db/main')
      await failWithCause(token)
      for await (const _item of manager.list());
    })
    request.end()
  })
  await provider.forceFlush()

  const { spans } = receiver
  const only = (name: string, matches: (span: ExportedSpan) => boolean = () => true): ExportedSpan => {
    const found = spans.filter((span) => span.name === name && matches(span))
    expect(found.map((span) => span.name)).toEqual([name])
    return found[0] ?? expect.unreachable()
  }
  const request = only('POST /orders')
  expect(new Set(spans.map((span) => span.traceId))).toEqual(new Set([request.traceId]))
  expect(new Set(spans.map((span) => span.service))).toEqual(new Set(['orders']))
  expect(request).toMatchObject({ parentSpanId: '', scope: 'http' })

  const managed = only('credential.retrieve')
  // A store reads before it writes, and has such a child too.
  const whole = only('retrieve storage-memory', (span) => span.parentSpanId === managed.spanId)
  const attempts = spans.filter((span) => span.parentSpanId === whole.spanId)
  expect(managed).toMatchObject({ parentSpanId: request.spanId, kind: 1, scope: '@holdfast/telemetry' })
  expect(whole).toMatchObject({ parentSpanId: managed.spanId, kind: 3, statusCode: 0 })
  expect(whole.attributes).toEqual({
    'holdfast.package': 'storage-memory',
    'holdfast.backend': 'storage-memory',
    'holdfast.operation': 'retrieve',
    'holdfast.scope': 'org:acme',
    'holdfast.tenant': 'acme',
    'credential.id': 'db/main',
  })
  expect(whole.events).toEqual([
    {
      name: 'attempt.failed',
      attributes: { 'holdfast.attempt': 1, 'error.type': 'UNAVAILABLE', 'holdfast.delay_ms': 1 },
    },
  ])
  expect(attempts.map((span) => [span.parentSpanId, span.statusCode, span.attributes['error.type']])).toEqual([
    [whole.spanId, 2, 'UNAVAILABLE'],
    [whole.spanId, 0, undefined],
  ])
  expect(whole.durationNanoseconds).toBeGreaterThanOrEqual(attempts[0]?.durationNanoseconds ?? 0n)
  const listed = only('list storage-memory')
  // The keyring is a record of the storage too.
  expect(listed.attributes['holdfast.items']).toBe(2)
  expect(listed.parentSpanId).toBe(only('credential.list').spanId)
  expect(only('get client')).toMatchObject({
    statusCode: 2,
    statusMessage: 'get failed with token=[redacted] Look at the client.',
    events: [],
  })

  expect(receiver.bodies.length).toBeGreaterThan(0)
  for (const body of receiver.bodies) scanner.look('what was exported', body)
  scanner.assertNone()
  await manager.close()
})

/** A traced call that fails with a secret in every place of an error. */
const failWithCause = async (token: string): Promise<void> => {
  const inner = {
    get: async (): Promise<never> => {
      throw new HoldfastError({
        code: 'INTERNAL',
        source: 'client',
        operation: 'get',
        message: `get failed with token=${token}`,
        hint: 'Look at the client.',
        details: { token },
        cause: Object.assign(new Error(`Bearer ${token}`), { config: { headers: { authorization: token } } }),
      })
    },
  }
  const layer = tracing({ package: 'client' }).layer<typeof inner>({
    get: { kind: 'unary', effect: 'read', idempotent: true },
  })
  await expect(layer(inner).get()).rejects.toThrow(HoldfastError)
}
