import { randomBytes } from 'node:crypto'
import { compose } from '@holdfast/contracts'
import { currentContext } from '@holdfast/contracts/context'
import { credentialStorageOperations } from '@holdfast/contracts/credentials'
import { createCredentialManager, createKeyring, rawKey } from '@holdfast/credential-core'
import { createMemoryStorage } from '@holdfast/storage-memory'
import { SpanKind, SpanStatusCode } from '@opentelemetry/api'
import { afterEach, expect, it } from 'vitest'
import { createInMemorySdk, unregisterSdk } from '../../test/support/in-memory-sdk.ts'
import { openTelemetryTracer } from './open-telemetry-tracer.ts'
import { tracing } from './tracing.ts'

afterEach(unregisterSdk)

it('lets the credential manager trace: its spans are children of the request, and those of the storage are theirs', async () => {
  const backend = createMemoryStorage()
  const keyring = createKeyring({ storage: backend, unlock: [rawKey(randomBytes(32))], createIfMissing: true })
  const storage = compose(backend, tracing().layer(credentialStorageOperations))
  const manager = createCredentialManager({ storage, keyring, tracer: openTelemetryTracer() })
  await manager.store('before', 'planted')
  const sdk = createInMemorySdk()
  sdk.register()
  await sdk.provider.getTracer('http').startActiveSpan('request', async (request) => {
    await manager.retrieve('before')
    for await (const _item of manager.list());
    await manager.retrieve('missing').catch(() => undefined)
    request.end()
  })
  const spans = sdk.spans()
  const parentOf = (name: string, id?: string): string | undefined => {
    const span = spans.find((each) => each.name === name && each.attributes['credential.id'] === id)
    return spans.find((each) => each.spanContext().spanId === span?.parentSpanContext?.spanId)?.name
  }
  expect(parentOf('credential.retrieve', 'before')).toBe('request')
  expect(parentOf('retrieve storage-memory', 'before')).toBe('credential.retrieve')
  expect(parentOf('credential.list')).toBe('request')
  expect(parentOf('list storage-memory')).toBe('credential.list')
  const missing = spans.find(
    (each) => each.name === 'credential.retrieve' && each.attributes['credential.id'] === 'missing',
  )
  expect(missing).toMatchObject({
    kind: SpanKind.INTERNAL,
    status: { code: SpanStatusCode.ERROR },
    attributes: { 'error.type': 'NOT_FOUND' },
  })
  await manager.close()
})

it('does nothing while no SDK is registered, and keeps its spans’ ids in the context of Holdfast afterwards', () => {
  const tracer = openTelemetryTracer()
  const idle = tracer.startSpan('idle', {})
  expect(idle.run).toBeUndefined()
  idle.end({ code: 'INTERNAL' })
  const sdk = createInMemorySdk()
  const given = openTelemetryTracer({ tracer: sdk.provider.getTracer('given') })
  const span = given.startSpan('work', { 'credential.id': 'a' })
  const seen = span.run?.(() => currentContext()?.trace)
  span.end({ attributes: { items: 2 } })
  const [exported] = sdk.spans()
  expect(exported).toMatchObject({
    attributes: { 'credential.id': 'a', items: 2 },
    status: { code: SpanStatusCode.UNSET },
  })
  expect(seen).toEqual({ traceId: exported?.spanContext().traceId, spanId: exported?.spanContext().spanId })
})

it('goes on without a span when the SDK throws', () => {
  const broken = {
    startSpan: () => {
      throw new Error('a sampler')
    },
    startActiveSpan: () => {
      throw new Error('a sampler')
    },
  }
  openTelemetryTracer({ tracer: broken }).startSpan('work', {}).end()
})

it('refuses what is no tracer', () => {
  // As a caller without types may give it.
  expect(() => openTelemetryTracer({ tracer: 'jaeger' as never })).toThrow(/tracer/)
})
