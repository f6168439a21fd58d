import { HoldfastError, type LogFields, Secret } from '@holdfast/contracts'
import { createSecretScanner } from '@holdfast/testkit'
import { pino } from 'pino'
import { describe, expect, it } from 'vitest'
import { createRecordingLogger } from '../../test/support/recording-logger.ts'
import { redactFields } from './redact-fields.ts'
import { redacting } from './redacting.ts'

/** Everything somebody may hand to a logger, with a secret inside. */
const hostileFields = (secret: string): LogFields => {
  const circular: Record<string, unknown> = { password: secret }
  circular.self = circular
  const clientError = Object.assign(new Error(`request failed: Authorization: Bearer ${secret}`), {
    config: { headers: { authorization: `Bearer ${secret}` }, data: secret },
    response: { body: secret },
    cause: Object.assign(new Error(`connect postgres://app:${secret}@db:5432/main`), { detail: `(${secret})` }),
  })
  return {
    secret: new Secret(secret),
    nested: {
      list: [new Secret(secret), { apiKey: secret }],
      map: new Map([['token', secret]]),
      set: new Set([{ pwd: secret }]),
    },
    data: new Secret({ user: 'app', password: secret }),
    bytes: new TextEncoder().encode(secret),
    buffer: new TextEncoder().encode(secret).buffer,
    error: clientError,
    err: new HoldfastError({
      code: 'INTERNAL',
      source: 'driver',
      operation: 'store',
      message: `store failed with token=${secret}.`,
      hint: 'Look.',
      details: { password: secret, url: `https://app:${secret}@host/` },
      cause: new AggregateError([clientError], `all failed: ${`token=${secret}`}`),
    }),
    url: `https://app:${secret}@host/`,
    header: `Cookie: session=${secret}`,
    [`token=${secret}`]: 'as a key',
    getter: {
      get broken(): string {
        throw new Error(secret)
      },
    },
    json: { toJSON: () => ({ password: secret }) },
    reader: () => secret,
    symbol: Symbol(secret),
    circular,
  }
}

describe('redacting', () => {
  it('shows nothing of a planted secret in any line, through any field, cause or message', () => {
    const scanner = createSecretScanner()
    const secret = scanner.plant('everywhere')
    const inner = createRecordingLogger()
    const logger = redacting(inner)
    for (const level of ['debug', 'info', 'warn', 'error'] as const) {
      logger[level](hostileFields(secret), `connected with password=${secret}`)
    }
    expect(inner.lines.map(({ level }) => level)).toEqual(['debug', 'info', 'warn', 'error'])
    scanner.look('lines', inner.lines)
    scanner.assertNone()
  })

  it('does so through a real pino, which is a logger as it is', () => {
    const scanner = createSecretScanner()
    const secret = scanner.plant('everywhere')
    const lines: string[] = []
    const logger = redacting(pino({ level: 'info' }, { write: (line) => void lines.push(line) }))
    logger.debug(hostileFields(secret), 'below the level')
    logger.error(hostileFields(secret), `failed with token=${secret}`)
    expect(lines).toHaveLength(1)
    const line: unknown = JSON.parse(lines[0] ?? '')
    expect(line).toMatchObject({ level: 50, secret: '[redacted]', msg: 'failed with token=[redacted]' })
    scanner.look('lines', lines.join('\n'))
    scanner.assertNone()
  })

  it('builds nothing for a level that the logger drops', () => {
    const read: string[] = []
    const fields = {
      get read() {
        read.push('read')
        return 1
      },
    }
    const inner = { ...createRecordingLogger(), isLevelEnabled: (level: string) => level !== 'debug' }
    const logger = redacting(inner)
    logger.debug(fields, 'dropped')
    expect(read).toEqual([])
    logger.info(fields, 'kept')
    expect(read).toEqual(['read'])
    expect(logger.isLevelEnabled?.('debug')).toBe(false)
    expect(redacting(createRecordingLogger()).isLevelEnabled?.('debug')).toBe(true)
  })

  it('takes a redaction of one’s own, for secrets without a known form', () => {
    const inner = createRecordingLogger()
    const logger = redacting(inner, { redact: (text) => text.replaceAll('4711', '#') })
    logger.info({ list: ['pin 4711'], 'at 4711': 1 }, 'pin 4711')
    expect(inner.lines).toEqual([{ level: 'info', fields: { list: ['pin #'], 'at #': 1 }, message: 'pin #' }])
  })
})

describe('redactFields', () => {
  it('keeps what is harmless as it is', () => {
    const fields = {
      id: 'db/main',
      count: 3,
      ok: true,
      none: null,
      missing: undefined,
      at: new Date(0),
      big: 3n,
      hasToken: true,
    }
    expect(redactFields(fields)).toEqual({ ...fields, at: '1970-01-01T00:00:00.000Z', big: '3' })
  })

  it('keeps of an error what tells what happened, and its causes', () => {
    const cause = Object.assign(new Error('ECONNREFUSED 10.0.0.1:5432'), { code: 'ECONNREFUSED' })
    const error = new HoldfastError({
      code: 'UNAVAILABLE',
      source: 'driver',
      operation: 'store',
      message: 'The database cannot be reached.',
      hint: 'Start it.',
      cause,
    })
    expect(redactFields({ error })).toEqual({
      error: {
        name: 'HoldfastError',
        code: 'UNAVAILABLE',
        source: 'driver',
        operation: 'store',
        message: 'The database cannot be reached. Start it.',
        hint: 'Start it.',
        retryable: true,
        details: {},
        cause: { name: 'Error', message: 'ECONNREFUSED 10.0.0.1:5432', code: 'ECONNREFUSED' },
      },
    })
  })

  it('ends: in depth, in breadth, in circles and in what throws when it is looked at', () => {
    const deep: Record<string, unknown> = {}
    let level = deep
    for (let depth = 0; depth < 50; depth++) {
      const next: Record<string, unknown> = {}
      level.next = next
      level = next
    }
    const revoked = Proxy.revocable({}, {})
    revoked.revoke()
    const growing: { toJSON(): unknown } = { toJSON: () => ({ ...growing }) }
    const wide = Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`field${index}`, index]))
    const same = { id: 1 }
    const shown = redactFields({
      deep,
      revoked: revoked.proxy,
      growing,
      wide,
      list: new Array(1000).fill(0),
      twice: [same, same],
    })
    expect(JSON.stringify(shown.deep)).toContain('[too deep]')
    expect(shown.revoked).toBe('[unreadable]')
    expect(JSON.stringify(shown.growing)).toContain('[too deep]')
    expect(Object.keys(Object(shown.wide))).toHaveLength(100)
    expect(shown.list).toHaveLength(101)
    expect(shown.twice).toEqual([same, same])
    // A caller without types may hand over what are no fields.
    expect(redactFields('text' as unknown as LogFields)).toEqual({})
  })
})
