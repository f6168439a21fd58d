import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { inspect } from 'node:util'
import { createCache } from '@holdfast/cache'
import { HoldfastError, parseScopeId, silentLogger, type Tracer } from '@holdfast/contracts'
import { describe, expect, it } from 'vitest'
import { collect, createTestManager, failureOf, type LogLine, recordingLogger } from '../../test/support/manager.ts'
import { apiKey } from '../kinds/api-key.ts'
import { basic } from '../kinds/basic.ts'
import { database } from '../kinds/database.ts'
import { requireCredentials } from '../requirements/require-credentials.ts'
import type { CredentialEvents } from './audit.ts'

const eventNames = [
  'credential.stored',
  'credential.retrieved',
  'credential.deleted',
  'credential.rolled-back',
  'credential.recovered',
  'credential.purged',
  'credential.validated',
  'credential.failed',
  'scope.violated',
  'cache.failed',
  'batch.completed',
] as const satisfies readonly (keyof CredentialEvents)[]

/** A tracer that keeps what it is told. */
const recordingTracer = (): Tracer & { readonly spans: { name: string; attributes: unknown; outcome: unknown }[] } => {
  const spans: { name: string; attributes: unknown; outcome: unknown }[] = []
  return {
    spans,
    startSpan(name, attributes) {
      const span = { name, attributes, outcome: undefined as unknown }
      spans.push(span)
      return {
        end: (outcome = {}) => {
          span.outcome = outcome
        },
      }
    },
  }
}

describe('log', () => {
  const linesOf = (lines: readonly LogLine[], message: string): LogLine[] =>
    lines.filter((line) => line.message === message)

  it('tells of a store at level info, with the id', async () => {
    const logger = recordingLogger()
    const { manager } = createTestManager({ logger })
    const { version } = await manager.store('a', 'planted')
    expect(logger.lines).toEqual([
      {
        level: 'info',
        message: 'credential stored',
        fields: { credentialId: 'a', version, operation: 'store', kind: 'opaque', scope: undefined },
      },
    ])
  })

  it('tells of cache hits and misses at level debug, with the id', async () => {
    const logger = recordingLogger()
    const { manager } = createTestManager({ logger, cache: createCache({ capacity: 10 }) })
    await manager.store('a', 'planted')
    await manager.retrieve('a')
    await manager.retrieve('a')
    await manager.retrieve('a')
    expect(linesOf(logger.lines, 'cache miss')).toMatchObject([{ level: 'debug', fields: { credentialId: 'a' } }])
    expect(linesOf(logger.lines, 'cache hit')).toMatchObject([
      { level: 'debug' },
      { level: 'debug', fields: { credentialId: 'a' } },
    ])
  })

  it('tells of a storage failure at level error, with id, operation and code, and of what is merely refused at level debug', async () => {
    const logger = recordingLogger()
    const { manager, storage } = createTestManager({ logger })
    storage.failNextWith('UNAVAILABLE')
    await failureOf(manager.retrieve('a'))
    await failureOf(manager.retrieve('a'))
    expect(linesOf(logger.lines, 'credential operation failed')).toMatchObject([
      { level: 'error', fields: { credentialId: 'a', operation: 'retrieve', code: 'UNAVAILABLE' } },
    ])
    expect(linesOf(logger.lines, 'credential operation refused')).toMatchObject([
      { level: 'debug', fields: { credentialId: 'a', operation: 'retrieve', code: 'NOT_FOUND' } },
    ])
  })

  it('tells of validations: debug when valid, warn when not, info when rotation is due', async () => {
    const logger = recordingLogger()
    const { manager, clock } = createTestManager({ logger })
    await manager.store('a', 'x', { expiresAt: new Date(clock.wallNow() + 1000) })
    await manager.validate('a')
    clock.advance(900)
    await manager.validate('a')
    await manager.validate('missing')
    expect(linesOf(logger.lines, 'credential validated').map(({ level }) => level)).toEqual(['debug', 'debug'])
    expect(linesOf(logger.lines, 'credential should be rotated')).toMatchObject([
      { level: 'info', fields: { credentialId: 'a' } },
    ])
    expect(linesOf(logger.lines, 'credential is not valid')).toMatchObject([
      { level: 'warn', fields: { credentialId: 'missing' } },
    ])
  })

  it('tells of deletes, rollbacks, recoveries and purges at level info', async () => {
    const logger = recordingLogger()
    const { manager } = createTestManager({ logger })
    const { version } = await manager.store('a', 'one')
    await manager.store('a', 'two')
    await manager.rollback('a', version)
    await manager.delete('a')
    await manager.recover('a')
    await manager.delete('a')
    await manager.purge('a')
    const told = logger.lines.filter(({ level }) => level === 'info').map(({ message }) => message)
    expect(told).toEqual([
      'credential stored',
      'credential stored',
      'credential rolled back',
      'credential deleted',
      'credential recovered',
      'credential deleted',
      'credential purged',
    ])
  })
})

describe('events', () => {
  it('tell what happened, who asked and when, after it happened', async () => {
    const { manager } = createTestManager({ cache: createCache({ capacity: 10 }) })
    const events: unknown[] = []
    for (const name of eventNames) manager.on(name, (event) => void events.push([name, event]))
    const at = '2026-01-01T00:00:00.000Z'
    const context = { actor: 'deploy', tenant: 'acme' }
    const scope = parseScopeId('org:acme')
    const { version } = await manager.store(apiKey('a'), 'x', { scope, context })
    await manager.retrieve('a')
    await manager.retrieve('a')
    await manager.delete('a', { context })
    expect(events).toEqual([
      ['credential.stored', { at, ...context, id: 'a', kind: 'api-key', version, created: true, scope }],
      ['credential.retrieved', { at, id: 'a', kind: 'api-key', version, cached: false, scope }],
      ['credential.retrieved', { at, id: 'a', kind: 'api-key', version, cached: true, scope }],
      ['credential.deleted', { at, ...context, id: 'a', deleted: true }],
    ])
  })

  it('are told also when the listener came after the cache was warm', async () => {
    const { manager } = createTestManager({ cache: createCache({ capacity: 10 }) })
    await manager.store('a', 'x')
    await manager.retrieve('a')
    await manager.retrieve('a')
    const stream = manager.events('credential.retrieved')[Symbol.asyncIterator]()
    await manager.retrieve('a')
    expect((await stream.next()).value).toMatchObject({ id: 'a', cached: true })
    await stream.return?.()
  })

  it('harm nobody when a listener throws, and the throw is logged', async () => {
    const logger = recordingLogger()
    const { manager } = createTestManager({ logger })
    manager.on('credential.stored', () => {
      throw new TypeError('planted-secret')
    })
    let heard = 0
    manager.on('credential.stored', () => {
      heard += 1
    })
    await manager.store('a', 'x')
    expect(heard).toBe(1)
    expect(logger.lines.filter(({ level }) => level === 'error')).toMatchObject([
      { fields: { event: 'credential.stored', error: 'TypeError' } },
    ])
    expect(JSON.stringify(logger.lines)).not.toContain('planted')
  })

  it('end with the manager', async () => {
    const { manager } = createTestManager()
    const events = manager.events('credential.stored')
    await manager.close()
    expect(await collect(events)).toEqual([])
  })
})

describe('channels of diagnostics', () => {
  it('carry every event for agents, also of cache hits, which are quiet otherwise', async () => {
    const seen: unknown[] = []
    const listener = (message: unknown, name: string | symbol): void =>
      void seen.push([name, Reflect.get(Object(message), 'id')])
    const { manager } = createTestManager({ cache: createCache({ capacity: 10 }) })
    await manager.store('a', 'planted')
    await manager.retrieve('a')
    const names = eventNames.map((name) => `holdfast.credential-core.${name}`)
    for (const name of names) subscribe(name, listener)
    await manager.retrieve('a')
    await manager.delete('a')
    await failureOf(manager.retrieve('a'))
    for (const name of names) unsubscribe(name, listener)
    await failureOf(manager.retrieve('a'))
    expect(seen).toEqual([
      ['holdfast.credential-core.credential.retrieved', 'a'],
      ['holdfast.credential-core.credential.deleted', 'a'],
      ['holdfast.credential-core.credential.failed', 'a'],
    ])
  })
})

describe('spans', () => {
  it('runs what an operation calls inside its span, each step of a listing too', async () => {
    const inside: string[] = []
    const seen: string[] = []
    const tracer: Tracer = {
      startSpan: (name) => ({
        run(work) {
          inside.push(name)
          try {
            return work()
          } finally {
            inside.pop()
          }
        },
        end: () => {},
      }),
    }
    const { storage, keyring, other } = createTestManager()
    const { retrieve, list } = storage
    const manager = other({
      tracer,
      keyring,
      storage: Object.assign(storage, {
        retrieve: (...args: Parameters<typeof retrieve>) => {
          seen.push(`retrieve in ${inside.join()}`)
          return retrieve(...args)
        },
        list: (...args: Parameters<typeof list>) => {
          seen.push(`list in ${inside.join()}`)
          return list(...args)
        },
      }),
    })
    await manager.store('a', 'planted')
    seen.length = 0
    await manager.retrieve('a')
    for await (const _listed of manager.list()) break
    expect(seen).toEqual(['retrieve in credential.retrieve', 'list in credential.list'])
    await manager.close()
  })

  it('begin and end with every operation, with the code of what failed', async () => {
    const tracer = recordingTracer()
    const { manager } = createTestManager({ tracer, cache: createCache({ capacity: 10 }) })
    await manager.store('a', 'planted')
    await manager.retrieve('a')
    await manager.retrieve('a')
    await failureOf(manager.retrieve('b'))
    await collect(manager.list())
    for await (const item of manager.list()) {
      expect(item.id).toBe('a')
      break
    }
    await manager.retrieveBatch(['a', 'c'])
    const attributes = { 'credential.id': 'a', 'credential.storage': expect.any(String) }
    expect(tracer.spans).toEqual([
      { name: 'credential.store', attributes, outcome: {} },
      { name: 'credential.retrieve', attributes, outcome: {} },
      { name: 'credential.retrieve', attributes, outcome: {} },
      {
        name: 'credential.retrieve',
        attributes: { ...attributes, 'credential.id': 'b' },
        outcome: { code: 'NOT_FOUND' },
      },
      { name: 'credential.list', attributes: { 'credential.storage': expect.any(String) }, outcome: {} },
      { name: 'credential.list', attributes: { 'credential.storage': expect.any(String) }, outcome: {} },
      { name: 'credential.retrieveBatch', attributes, outcome: {} },
      {
        name: 'credential.retrieveBatch',
        attributes: { ...attributes, 'credential.id': 'c' },
        outcome: { code: 'NOT_FOUND' },
      },
    ])
  })
})

describe('planted secrets', () => {
  it('appear in no log line, error, event, span, result or inspection', async () => {
    const secret = 'planted-7f3a9c'
    const logger = recordingLogger()
    const tracer = recordingTracer()
    const { manager, storage } = createTestManager({ logger, tracer, cache: createCache({ capacity: 10 }) })
    const seen: unknown[] = []
    for (const name of eventNames) manager.on(name, (event) => void seen.push(event))
    const attempt = async (work: Promise<unknown>): Promise<void> => {
      seen.push(await work.catch((error: unknown) => error))
    }
    const org = parseScopeId('org:acme')
    await attempt(manager.store(database('db'), `postgres://app:${secret}@host:5432/db`, { scope: org }))
    await attempt(manager.store(database('bad-port'), `postgres://app:${secret}@host:99999/db`))
    await attempt(manager.store(database('bad-field'), { engine: 'pg', host: 'h', [`x${secret}`]: secret } as never))
    await attempt(manager.store(basic('bad'), { username: `a:${secret}`, password: secret }))
    await attempt(manager.store(apiKey('spaces'), `two ${secret}`))
    await attempt(manager.store('data', { nested: { [secret]: Number.NaN } }))
    await attempt(manager.store('data', { nested: { password: secret } }))
    await attempt(manager.update('db', `mysql://x:${secret}@h/d`))
    await attempt(manager.retrieve('db'))
    await attempt(manager.retrieve(database('db')))
    await attempt(manager.retrieve(apiKey('db')))
    await attempt(manager.retrieve(apiKey('data')))
    await attempt(manager.withScope(parseScopeId('org:other')).retrieve('db'))
    await attempt(manager.validate(apiKey('data')))
    await attempt(requireCredentials(manager, { db: apiKey('db'), data: apiKey('data') }))
    await attempt(
      manager.storeBatch([
        { target: 'x', value: secret },
        { target: 'y', value: {} },
      ]),
    )
    await attempt(manager.retrieveBatch(['x', 'y', 'db']))
    await attempt(manager.source('db').retrieve())
    for (const operation of ['retrieve', 'store'] as const) {
      const cause = new Error(`password=${secret}`)
      storage.failNextWith(
        new HoldfastError({ code: 'INTERNAL', source: 's', operation, message: 'It broke.', hint: 'Look.', cause }),
        { operation },
      )
      await attempt(manager.store('x', secret))
    }
    seen.push(await collect(manager.list()), manager, logger.lines, tracer.spans, manager.cacheStatistics())
    for (const thing of seen) {
      for (const text of [
        inspect(thing, { depth: 20, showHidden: true, getters: true }),
        JSON.stringify(thing) ?? '',
        String(thing),
      ]) {
        expect(text).not.toContain(secret)
      }
    }
    expect(seen.length).toBeGreaterThan(40)
  })

  it('costs nothing to be silent: the hot path asks nobody', async () => {
    const { manager } = createTestManager({ logger: silentLogger, cache: createCache({ capacity: 10 }) })
    await manager.store('a', 'x')
    await manager.retrieve('a')
    const first = manager.retrieve('a')
    expect(manager.retrieve('a')).toBe(first)
    manager.on('credential.retrieved', () => {})
    expect(manager.retrieve('a')).not.toBe(first)
  })
})
