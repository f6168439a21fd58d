import { createCacheStore } from '@holdfast/cache'
import { compose, HoldfastError, type Operations, parseScopeId, runBatch } from '@holdfast/contracts'
import { cacheStoreOperations } from '@holdfast/contracts/cache'
import { currentContext, runWithContext } from '@holdfast/contracts/context'
import { credentialStorageOperations } from '@holdfast/contracts/credentials'
import { standard } from '@holdfast/resilience'
import { createMemoryStorage } from '@holdfast/storage-memory'
import { createFakeClock, createSecretScanner, sampleRecord } from '@holdfast/testkit'
import { context, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import { AlwaysOffSampler, type ReadableSpan } from '@opentelemetry/sdk-trace'
import { afterEach, describe, expect, it } from 'vitest'
import { createInMemorySdk, unregisterSdk } from '../../test/support/in-memory-sdk.ts'
import { activeTrace } from './active-trace.ts'
import { traceAttempts } from './trace-attempts.ts'
import { tracing } from './tracing.ts'

afterEach(unregisterSdk)

const traced = (options?: Parameters<typeof tracing>[0]) =>
  compose(createMemoryStorage(), tracing(options).layer(credentialStorageOperations))

const named = (spans: readonly ReadableSpan[], name: string): ReadableSpan => {
  const found = spans.find((span) => span.name === name)
  if (found === undefined) throw new Error(`no span ${name} among ${spans.map((span) => span.name).join()}`)
  return found
}

describe('a span', () => {
  it('is made of each operation, by OpenTelemetry semantic conventions, with ids and scopes and never a value', async () => {
    const sdk = createInMemorySdk()
    sdk.register()
    const scanner = createSecretScanner()
    const secret = scanner.plant('value')
    const storage = traced({ attributes: { 'server.address': 'vault.internal' } })
    const scope = parseScopeId('org:acme')
    await runWithContext({ tenant: 'acme' }, () =>
      storage.store('db/main', sampleRecord('db/main', { value: new TextEncoder().encode(secret), scope })),
    )
    await storage.retrieve('db/main')
    const [store, retrieve] = sdk.spans()
    expect(store).toMatchObject({
      name: 'store storage-memory',
      kind: SpanKind.CLIENT,
      status: { code: SpanStatusCode.UNSET },
      attributes: {
        'holdfast.package': 'storage-memory',
        'holdfast.backend': 'storage-memory',
        'holdfast.operation': 'store',
        'holdfast.scope': 'org:acme',
        'holdfast.tenant': 'acme',
        'credential.id': 'db/main',
        'server.address': 'vault.internal',
      },
    })
    expect(retrieve?.attributes).toMatchObject({ 'credential.id': 'db/main', 'holdfast.scope': 'org:acme' })
    scanner.look('spans', sdk.spans())
    scanner.assertNone()
  })

  it('is a child of the span that is active, and the parent of all that is done inside it', async () => {
    const sdk = createInMemorySdk()
    sdk.register()
    const tracer = sdk.provider.getTracer('test')
    const storage = compose(
      createMemoryStorage(),
      tracing({ package: 'outer' }).layer(credentialStorageOperations),
      tracing({ package: 'inner' }).layer(credentialStorageOperations),
    )
    await tracer.startActiveSpan('request', async (request) => {
      await Promise.all([storage.exists('a'), storage.exists('b')])
      const read = (id: string) => storage.retrieve(id).catch(() => undefined)
      await runBatch(['c', 'd'], (id) => id, read, { source: 'test', operation: 'batch', concurrency: 2 })
      request.end()
    })
    const spans = sdk.spans()
    const request = named(spans, 'request')
    const outers = spans.filter(({ name }) => name.endsWith('outer'))
    const inners = spans.filter(({ name }) => name.endsWith('inner'))
    expect(outers).toHaveLength(4)
    expect(inners).toHaveLength(4)
    for (const outer of outers) expect(outer.parentSpanContext?.spanId).toBe(request.spanContext().spanId)
    for (const inner of inners) {
      const parent = outers.find((outer) => outer.spanContext().spanId === inner.parentSpanContext?.spanId)
      expect(parent?.attributes['credential.id']).toBe(inner.attributes['credential.id'])
    }
    expect(new Set(spans.map((span) => span.spanContext().traceId)).size).toBe(1)
  })

  it('leaves its ids in the context of Holdfast while the operation runs, beside what is there', async () => {
    const sdk = createInMemorySdk()
    sdk.register()
    const seen: unknown[] = []
    const inner = { get: async () => seen.push(currentContext(), activeTrace()) }
    const table: Operations<typeof inner> = { get: { kind: 'unary', effect: 'read', idempotent: true } }
    await runWithContext({ tenant: 'acme' }, () => tracing().layer(table)(inner).get())
    const { traceId, spanId } = named(sdk.spans(), 'get unknown').spanContext()
    expect(seen).toEqual([
      { tenant: 'acme', trace: { traceId, spanId } },
      { traceId, spanId },
    ])
    expect(currentContext()).toBeUndefined()
    expect(activeTrace()).toBeUndefined()
  })

  it('is around a callback too, and what the caller does in it is its child', async () => {
    const sdk = createInMemorySdk()
    sdk.register()
    const inner = { use: async (work: () => Promise<number>) => work() }
    const table: Operations<typeof inner> = { use: { kind: 'callback', effect: 'read' } }
    const wrapped = tracing({ package: 'pool', kind: 'internal' }).layer(table)(inner)
    const answer = await wrapped.use(async () => {
      sdk.provider.getTracer('test').startSpan('query').end()
      return 42
    })
    expect(answer).toBe(42)
    const use = named(sdk.spans(), 'use pool')
    expect(use.kind).toBe(SpanKind.INTERNAL)
    expect(named(sdk.spans(), 'query').parentSpanContext?.spanId).toBe(use.spanContext().spanId)
  })

  it('keeps keys of a cache out, and whatever its values look like', async () => {
    const sdk = createInMemorySdk()
    sdk.register()
    const scanner = createSecretScanner()
    const token = scanner.plant('session token')
    const cache = compose(createCacheStore({ capacity: 10 }), tracing().layer(cacheStoreOperations))
    await cache.set(`session:${token}`, { metadata: { scope: token } })
    await cache.get(`session:${token}`)
    expect(sdk.spans()).toHaveLength(2)
    scanner.look('spans', sdk.spans())
    scanner.assertNone()
  })
})

describe('a failure', () => {
  const failing = (error: unknown, options?: Parameters<typeof tracing>[0]) => {
    const inner = { name: 'backend', get: (_key: string): Promise<string> => Promise.reject(error) }
    const table: Operations<Pick<typeof inner, 'get'>> = {
      get: { kind: 'unary', effect: 'read', idempotent: true, key: 0 },
    }
    return tracing(options).layer(table)(inner)
  }

  it('is recorded by code and reason with a redacted message, and reaches the caller as it is', async () => {
    const sdk = createInMemorySdk()
    sdk.register()
    const error = new HoldfastError({
      code: 'UNAVAILABLE',
      reason: 'CIRCUIT_OPEN',
      source: 'resilience',
      operation: 'get',
      message: 'get was not tried.',
      hint: 'Wait.',
      details: { attempts: 3 },
    })
    await expect(failing(error).get('a')).rejects.toBe(error)
    expect(sdk.spans()[0]).toMatchObject({
      status: { code: SpanStatusCode.ERROR, message: 'get was not tried. Wait.' },
      attributes: {
        'error.type': 'UNAVAILABLE',
        'holdfast.error.reason': 'CIRCUIT_OPEN',
        'holdfast.error.source': 'resilience',
        'holdfast.error.retryable': true,
        'holdfast.attempts': 3,
      },
      events: [],
    })
  })

  it('shows nothing of a secret in messages, causes, stacks, details, and errors that are not ours', async () => {
    const sdk = createInMemorySdk()
    sdk.register()
    const scanner = createSecretScanner()
    const secret = scanner.plant('token')
    const foreign = Object.assign(new Error(`duplicate value ${secret}`, { cause: new Error(secret) }), {
      config: { headers: { authorization: `Bearer ${secret}` } },
      name: `Error ${secret}`,
    })
    const ours = new HoldfastError({
      code: 'INTERNAL',
      source: 'driver',
      operation: 'get',
      message: `Could not connect to postgres://app:${secret}@db/main.`,
      hint: `Check token=${secret}.`,
      details: { row: secret },
      cause: foreign,
    })
    for (const error of [ours, foreign, secret, { message: secret }, undefined]) {
      await failing(error)
        .get('a')
        .catch(() => undefined)
    }
    const spans = sdk.spans()
    expect(spans.map((span) => span.attributes['error.type'])).toEqual([
      'INTERNAL',
      'Error',
      '_OTHER',
      '_OTHER',
      '_OTHER',
    ])
    for (const span of spans) {
      expect(span.status.code).toBe(SpanStatusCode.ERROR)
      const { attributes, status, events, name } = span
      scanner.look('span', { attributes, status, events, name })
    }
    scanner.assertNone()
  })

  it('leaves the status unset for a code that is expected', async () => {
    const sdk = createInMemorySdk()
    sdk.register()
    await traced({ expectedCodes: ['NOT_FOUND'] })
      .retrieve('a')
      .catch(() => undefined)
    expect(sdk.spans()[0]).toMatchObject({
      status: { code: SpanStatusCode.UNSET },
      attributes: { 'error.type': 'NOT_FOUND' },
    })
  })

  it('has its failed attempts as events on the span of the whole call', async () => {
    const sdk = createInMemorySdk()
    sdk.register()
    const clock = createFakeClock()
    const policy = standard({ clock, retry: { retries: 3, jitter: 'none', baseDelayMs: 10 } })
    const stop = traceAttempts(policy.attempts)
    const backend = createMemoryStorage()
    backend.failNextWith('UNAVAILABLE', { times: 2 })
    const storage = compose(
      backend,
      tracing().layer(credentialStorageOperations),
      policy.layer(credentialStorageOperations),
    )
    const answer = storage.exists('a')
    await clock.advanceAsync(100)
    expect(await answer).toBe(false)
    expect(sdk.spans()[0]?.events.map(({ name, attributes }) => [name, attributes])).toEqual([
      ['attempt.failed', { 'holdfast.attempt': 1, 'error.type': 'UNAVAILABLE', 'holdfast.delay_ms': 10 }],
      ['attempt.failed', { 'holdfast.attempt': 2, 'error.type': 'UNAVAILABLE', 'holdfast.delay_ms': 20 }],
    ])
    stop()
  })
})

describe('a stream', () => {
  const listing = async (options?: Parameters<typeof tracing>[0]) => {
    const sdk = createInMemorySdk()
    sdk.register()
    const backend = createMemoryStorage()
    for (const id of ['a', 'b', 'c']) await backend.store(id, sampleRecord(id))
    return { sdk, storage: compose(backend, tracing(options).layer(credentialStorageOperations)) }
  }

  it('has one span from its first step to its end, with the number of items', async () => {
    const { sdk, storage } = await listing()
    const stream = storage.list()
    expect(sdk.spans()).toHaveLength(0)
    for await (const _item of stream) expect(sdk.spans()).toHaveLength(0)
    expect(sdk.spans()).toMatchObject([
      { name: 'list storage-memory', attributes: { 'holdfast.items': 3 }, status: { code: SpanStatusCode.UNSET } },
    ])
  })

  it('ends its span when it is left, and has one for each iteration, none if there is none', async () => {
    const { sdk, storage } = await listing()
    for await (const _item of storage.list()) break
    for await (const _item of storage.list()) break
    storage.list()[Symbol.asyncIterator]()
    await storage.list()[Symbol.asyncIterator]().return?.()
    expect(sdk.spans().map(({ attributes }) => attributes['holdfast.items'])).toEqual([1, 1])
  })

  it('runs each step inside the span, whose parent is the span around the call', async () => {
    const sdk = createInMemorySdk()
    sdk.register()
    const tracer = sdk.provider.getTracer('test')
    const inner = {
      async *each(): AsyncGenerator<number> {
        for (const item of [1, 2]) {
          tracer.startSpan(`page ${item}`).end()
          yield item
        }
      },
    }
    const table: Operations<typeof inner> = { each: { kind: 'stream', effect: 'read', idempotent: true } }
    const stream = tracer.startActiveSpan('request', (request) => {
      request.end()
      return tracing().layer(table)(inner).each()
    })
    for await (const _item of stream) expect(trace.getSpan(context.active())).toBeUndefined()
    const spans = sdk.spans()
    const each = named(spans, 'each unknown')
    expect(each.parentSpanContext?.spanId).toBe(named(spans, 'request').spanContext().spanId)
    for (const page of ['page 1', 'page 2']) {
      expect(named(spans, page).parentSpanContext?.spanId).toBe(each.spanContext().spanId)
    }
  })

  it('records its failure, wherever it happens', async () => {
    const sdk = createInMemorySdk()
    sdk.register()
    const refusal = new HoldfastError({
      code: 'CLOSED',
      source: 'test',
      operation: 'each',
      message: 'Closed.',
      hint: 'Open it.',
    })
    const fail = (): never => {
      throw refusal
    }
    const open: AsyncIterable<number> = { [Symbol.asyncIterator]: fail }
    const step: AsyncIterable<number> = { [Symbol.asyncIterator]: () => ({ next: fail }) }
    const leave: AsyncIterable<number> = {
      [Symbol.asyncIterator]: () => ({ next: async () => ({ done: false, value: 1 }), return: fail }),
    }
    for (const each of [fail, () => open, () => step, () => leave]) {
      const inner = { each }
      const table: Operations<typeof inner> = { each: { kind: 'stream', effect: 'read', idempotent: true } }
      const iterate = async (): Promise<void> => {
        for await (const _item of tracing().layer(table)(inner).each()) break
      }
      await expect(iterate()).rejects.toBe(refusal)
    }
    expect(sdk.spans().map(({ attributes }) => attributes['error.type'])).toEqual([
      'CLOSED',
      'CLOSED',
      'CLOSED',
      'CLOSED',
    ])
  })
})

describe('an SDK', () => {
  it('is not there: calls and streams go straight through', async () => {
    const promise = Promise.resolve(1)
    const stream: AsyncIterable<number> = {
      [Symbol.asyncIterator]: () => ({ next: async () => ({ done: true, value: 1 }) }),
    }
    const inner = { get: () => promise, each: () => stream }
    const table: Operations<typeof inner> = {
      get: { kind: 'unary', effect: 'read', idempotent: true },
      each: { kind: 'stream', effect: 'read', idempotent: true },
    }
    const wrapped = tracing().layer(table)(inner)
    expect(wrapped.get()).toBe(promise)
    expect(wrapped.each()).toBe(stream)
  })

  it('may be registered later, and be replaced by another one', async () => {
    const storage = traced()
    await storage.exists('before')
    const first = createInMemorySdk()
    first.register()
    await storage.exists('first')
    unregisterSdk()
    await storage.exists('between')
    const second = createInMemorySdk()
    second.register()
    await storage.exists('second')
    expect(first.spans().map(({ attributes }) => attributes['credential.id'])).toEqual(['first'])
    expect(second.spans().map(({ attributes }) => attributes['credential.id'])).toEqual(['second'])
  })

  it('may come with another copy of the API', async () => {
    const storage = traced()
    await storage.exists('before')
    const sdk = createInMemorySdk()
    // A second copy of the API registers a proxy of its own class under the shared symbol.
    const foreign = { getTracer: (name: string) => sdk.provider.getTracer(name) }
    const key = Symbol.for('opentelemetry.js.api.1')
    sdk.register()
    const api: unknown = Reflect.get(globalThis, key)
    Reflect.set(Object(api), 'trace', foreign)
    await storage.exists('after')
    expect(sdk.spans().map(({ attributes }) => attributes['credential.id'])).toEqual(['after'])
  })

  it('may sample a call out: nothing is recorded, and what runs inside knows', async () => {
    const sdk = createInMemorySdk({ sampler: new AlwaysOffSampler() })
    sdk.register()
    const storage = traced()
    expect(await storage.exists('a')).toBe(false)
    await storage.retrieve('a').catch(() => undefined)
    expect(sdk.spans()).toEqual([])
  })

  it('may throw: the call goes on', async () => {
    const broken = () => {
      throw new Error('a processor')
    }
    const processor = { onStart: () => {}, onEnd: broken, forceFlush: async () => {}, shutdown: async () => {} }
    const ending = createInMemorySdk({ spanProcessors: [processor] })
    ending.register()
    expect(await traced().exists('a')).toBe(false)
    await expect(traced().retrieve('a')).rejects.toThrow(HoldfastError)
    unregisterSdk()
    const starting = createInMemorySdk({ spanProcessors: [{ ...processor, onStart: broken }] })
    starting.register()
    expect(await traced().exists('a')).toBe(false)
    for await (const _item of traced().list()) expect.unreachable()
  })

  it('may be given as a tracer', async () => {
    const sdk = createInMemorySdk()
    await traced({ tracer: sdk.provider.getTracer('given') }).exists('a')
    expect(sdk.spans()).toHaveLength(1)
  })
})

it('refuses options with every problem', () => {
  const options = { package: '', subject: 7, tracer: {}, kind: 'server', attributes: null, expectedCodes: ['GONE'] }
  // Options as a caller without types may give them.
  const refused = () => tracing(options as unknown as Parameters<typeof tracing>[0])
  expect(refused).toThrow(/package.*subject.*tracer.*kind.*attributes.*expectedCodes/s)
})
