import { createCacheStore } from '@holdfast/cache'
import { compose, HoldfastError, type Operations, parseScopeId, Secret } from '@holdfast/contracts'
import { cacheStoreOperations } from '@holdfast/contracts/cache'
import { runWithContext } from '@holdfast/contracts/context'
import { credentialStorageOperations } from '@holdfast/contracts/credentials'
import { standard } from '@holdfast/resilience'
import { createMemoryStorage } from '@holdfast/storage-memory'
import { createFakeClock, createSecretScanner, sampleRecord } from '@holdfast/testkit'
import { pino } from 'pino'
import { afterEach, describe, expect, it } from 'vitest'
import { createInMemorySdk, unregisterSdk } from '../../test/support/in-memory-sdk.ts'
import { createRecordingLogger } from '../../test/support/recording-logger.ts'
import { activeTrace } from '../tracing/active-trace.ts'
import { tracing } from '../tracing/tracing.ts'
import { logging } from './logging.ts'
import type { LoggingOptions } from './logging-options.ts'

afterEach(unregisterSdk)

const logged = (options: Partial<LoggingOptions> = {}) => {
  const logger = createRecordingLogger()
  const clock = createFakeClock()
  const backend = createMemoryStorage({ clock })
  const layer = logging({ logger, clock, ...options })
  return { logger, clock, backend, storage: layer.layer(credentialStorageOperations)(backend) }
}

describe('a line', () => {
  it('is written for each operation when it is over, with what is known of it and never a value', async () => {
    const scanner = createSecretScanner()
    const secret = scanner.plant('value')
    const { logger, storage } = logged({ fields: { service: 'orders', owner: new Secret(secret) } })
    const scope = parseScopeId('org:acme')
    const value = new TextEncoder().encode(secret)
    await runWithContext({ tenant: 'acme' }, () => storage.store('db/main', sampleRecord('db/main', { value, scope })))
    await storage.retrieve('db/main')
    const known = {
      service: 'orders',
      owner: '[redacted]',
      package: 'storage-memory',
      backend: 'storage-memory',
      credentialId: 'db/main',
      scope: 'org:acme',
      latencyMs: 0,
    }
    expect(logger.lines).toEqual([
      { level: 'debug', message: 'store succeeded', fields: { ...known, operation: 'store', tenant: 'acme' } },
      { level: 'debug', message: 'retrieve succeeded', fields: { ...known, operation: 'retrieve' } },
    ])
    scanner.look('lines', logger.lines)
    scanner.assertNone()
  })

  it('has the level of its outcome: expected, for now, failed', async () => {
    const { logger, backend, storage } = logged()
    await storage.retrieve('a').catch(() => undefined)
    backend.failNextWith('UNAVAILABLE')
    await storage.retrieve('a').catch(() => undefined)
    backend.failNextWith('DATA_LOSS')
    await storage.retrieve('a').catch(() => undefined)
    expect(logger.lines.map(({ level, message, fields }) => [level, message, fields.code])).toEqual([
      ['info', 'retrieve was answered with an error', 'NOT_FOUND'],
      ['warn', 'retrieve failed for now', 'UNAVAILABLE'],
      ['error', 'retrieve failed', 'DATA_LOSS'],
    ])
    expect(logger.lines.map(({ fields }) => 'error' in fields)).toEqual([false, true, true])
  })

  it('has the levels it is told', async () => {
    const { logger, backend, storage } = logged({
      levels: { success: 'silent', expected: 'error', transient: 'debug' },
      expectedCodes: ['DATA_LOSS'],
    })
    await storage.exists('a')
    backend.failNextWith('DATA_LOSS')
    await storage.exists('a').catch(() => undefined)
    backend.failNextWith('UNAVAILABLE')
    await storage.exists('a').catch(() => undefined)
    expect(logger.lines.map(({ level }) => level)).toEqual(['error', 'debug'])
  })

  it('warns of a slow call, and tells how long it took in milliseconds', async () => {
    const clock = createFakeClock()
    const logger = createRecordingLogger()
    const inner = {
      get: async (delayMs: number) => clock.advance(delayMs),
      async *each(): AsyncGenerator<number> {
        clock.advance(5000)
        yield 1
      },
    }
    const table: Operations<typeof inner> = {
      get: { kind: 'unary', effect: 'read', idempotent: true },
      each: { kind: 'stream', effect: 'read', idempotent: true },
    }
    const wrapped = logging({ logger, clock, slowCallMs: 200 }).layer(table)(inner)
    await wrapped.get(199.9996)
    await wrapped.get(200)
    for await (const _item of wrapped.each());
    expect(logger.lines.map(({ level, message, fields }) => [level, message, fields.latencyMs, fields.items])).toEqual([
      ['debug', 'get succeeded', 200, undefined],
      ['warn', 'get was slow', 200, undefined],
      ['debug', 'each succeeded', 5000, 1],
    ])
  })

  it('carries the ids of the trace: of the tracing layer around it, or of anybody’s span', async () => {
    const sdk = createInMemorySdk()
    sdk.register()
    const logger = createRecordingLogger()
    const layers = [
      tracing().layer(credentialStorageOperations),
      logging({ logger }).layer(credentialStorageOperations),
    ]
    await compose(createMemoryStorage(), ...layers).exists('a')
    const own = sdk.spans()[0]?.spanContext()
    expect(logger.lines[0]?.fields).toMatchObject({ trace_id: own?.traceId, span_id: own?.spanId })

    const alone = logging({ logger, trace: activeTrace }).layer(credentialStorageOperations)(createMemoryStorage())
    await alone.exists('untraced')
    expect(logger.lines[1]?.fields).not.toHaveProperty('trace_id')
    await sdk.provider.getTracer('http').startActiveSpan('request', async (request) => {
      await alone.exists('a')
      const { traceId, spanId } = request.spanContext()
      expect(logger.lines[2]?.fields).toMatchObject({ trace_id: traceId, span_id: spanId })
    })
  })

  it('says how many attempts the retries inside made, of each call its own', async () => {
    const clock = createFakeClock()
    const policy = standard({ clock, retry: { retries: 3, jitter: 'none', baseDelayMs: 10 } })
    const logger = createRecordingLogger()
    const backend = createMemoryStorage()
    const storage = compose(
      backend,
      logging({ logger, clock, attempts: policy.attempts }).layer(credentialStorageOperations),
      policy.layer(credentialStorageOperations),
    )
    await storage.exists('at once')
    backend.failNextWith('UNAVAILABLE', { times: 2 })
    const calls = [storage.exists('a'), storage.exists('b')]
    await clock.advanceAsync(100)
    await Promise.all(calls)
    backend.failNextWith('UNAVAILABLE', { times: 4 })
    const failing = storage.exists('d').catch(() => undefined)
    await clock.advanceAsync(1000)
    await failing
    expect(logger.lines.map(({ fields }) => [fields.credentialId, fields.attempts])).toEqual([
      ['at once', 1],
      ['a', 2],
      ['b', 2],
      ['d', 4],
    ])
  })

  it('tells of a stream when it has ended, has failed or was left', async () => {
    const { logger, backend, storage } = logged()
    for (const id of ['a', 'b']) await backend.store(id, sampleRecord(id))
    for await (const _item of storage.list());
    for await (const _item of storage.list()) break
    backend.failNextWith('UNAVAILABLE')
    await expect(storage.list()[Symbol.asyncIterator]().next()).rejects.toThrow(HoldfastError)
    expect(logger.lines.map(({ level, fields }) => [level, fields.operation, fields.items, fields.code])).toEqual([
      ['debug', 'list', 2, undefined],
      ['debug', 'list', 1, undefined],
      ['warn', 'list', 0, 'UNAVAILABLE'],
    ])
  })

  it('is written around a callback too', async () => {
    const logger = createRecordingLogger()
    const inner = { use: async (work: () => Promise<number>) => work() }
    const table: Operations<typeof inner> = { use: { kind: 'callback', effect: 'read' } }
    const wrapped = logging({ logger, package: 'pool', fields: { resourceId: 'orders-db' } }).layer(table)(inner)
    expect(await wrapped.use(async () => 42)).toBe(42)
    expect(logger.lines[0]?.fields).toMatchObject({ operation: 'use', package: 'pool', resourceId: 'orders-db' })
  })
})

describe('planted secrets', () => {
  it('appear in no line: not of causes, of errors that are not ours, nor of keys of a cache', async () => {
    const scanner = createSecretScanner()
    const secret = scanner.plant('token')
    const lines: string[] = []
    const logger = pino({ level: 'debug' }, { write: (line) => void lines.push(line) })
    const foreign = Object.assign(new Error(`GET https://app:${secret}@host failed`), {
      config: { headers: { authorization: `Bearer ${secret}` } },
      response: { data: { password: secret } },
    })
    const ours = new HoldfastError({
      code: 'INTERNAL',
      source: 'driver',
      operation: 'get',
      message: `get failed with token=${secret}.`,
      hint: 'Look.',
      details: { password: secret },
      cause: Object.assign(new Error('outer'), { cause: foreign }),
    })
    const errors: unknown[] = [ours, foreign, { secret }, `token=${secret}`, undefined]
    const inner = { name: 'backend', get: (_index: number): Promise<string> => Promise.reject(errors[_index]) }
    const table: Operations<Pick<typeof inner, 'get'>> = { get: { kind: 'unary', effect: 'read', idempotent: true } }
    const wrapped = logging({ logger }).layer(table)(inner)
    for (const index of errors.keys()) await wrapped.get(index).catch(() => undefined)
    const cache = compose(createCacheStore({ capacity: 10 }), logging({ logger }).layer(cacheStoreOperations))
    await cache.set(`session:${secret}`, secret)
    await cache.get(`session:${secret}`)
    expect(lines).toHaveLength(errors.length + 2)
    expect(lines[0]).toContain('"cause":{"name":"Error","message":"outer","cause":{"name":"Error"')
    scanner.look('lines', lines.join('\n'))
    scanner.assertNone()
  })
})

describe('a logger', () => {
  it('that throws breaks no call', async () => {
    const broken = (): never => {
      throw new Error('disk full')
    }
    const logger = { debug: broken, info: broken, warn: broken, error: broken }
    const { storage } = logged({ logger })
    expect(await storage.exists('a')).toBe(false)
    await expect(storage.retrieve('a')).rejects.toMatchObject({ code: 'NOT_FOUND' })
    for await (const _item of storage.list()) expect.unreachable()
  })

  it('that drops a level is not given lines of it', async () => {
    const logger = { ...createRecordingLogger(), isLevelEnabled: (level: string) => level === 'info' }
    const { storage } = logged({ logger })
    await storage.exists('a')
    await storage.retrieve('a').catch(() => undefined)
    expect(logger.lines.map(({ level }) => level)).toEqual(['info'])
  })
})

it('refuses options with every problem', () => {
  const options = {
    logger: {},
    levels: { slow: 'loud' },
    expectedCodes: 'NOT_FOUND',
    slowCallMs: -1,
    fields: null,
    trace: 1,
    attempts: {},
    clock: {},
    redact: 'yes',
  }
  // Options as a caller without types may give them.
  const refused = () => logging(options as unknown as LoggingOptions)
  expect(refused).toThrow(/logger.*attempts.*clock.*levels\.slow.*expectedCodes.*slowCallMs.*fields.*trace.*redact/s)
})
