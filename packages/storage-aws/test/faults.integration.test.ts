import { createServer } from 'node:net'
import { inspect } from 'node:util'
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { HoldfastError } from '@holdfast/contracts'
import { credentialStorageOperations } from '@holdfast/contracts/credentials'
import { standard } from '@holdfast/resilience'
import { type PrivateServer, ServerUnavailableError, startServer } from '@holdfast/test-servers'
import {
  createHttpProxy,
  createSecretScanner,
  type HttpProxy,
  sampleRecord,
  sampleText,
  within,
} from '@holdfast/testkit'
import { generate } from 'selfsigned'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type AwsStorageOptions, createAwsStorage } from '../src/index.ts'
import { newPrefix, openOn } from './emulators.ts'

const scanner = createSecretScanner()
const secretAccessKey = scanner.plant('secret access key')
const sessionToken = scanner.plant('session token')
const planted = scanner.plant('value')

const failureOf = async (work: Promise<unknown>): Promise<HoldfastError> => {
  const error: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (!HoldfastError.is(error)) throw new Error(`expected an error of ours, got ${inspect(error)}`)
  scanner.look(`the ${error.code} of ${error.operation}`, error)
  return error
}

const server: PrivateServer | ServerUnavailableError = await startServer('ministack').catch((error: unknown) => {
  if (error instanceof ServerUnavailableError && process.env.CI !== 'true') return error
  throw error
})

describe.skipIf(server instanceof ServerUnavailableError)('AWS that fails', () => {
  if (server instanceof ServerUnavailableError) return
  let proxy: HttpProxy

  beforeAll(async () => {
    proxy = await createHttpProxy({ target: server.settings.AWS_ENDPOINT_URL ?? '' })
  })
  beforeEach(() => proxy.setFault({ kind: 'pass' }))
  afterAll(async () => {
    await proxy.close()
    await server.stop()
  })

  const lines: unknown[] = []
  const log = (...line: readonly unknown[]): void => void lines.push(line)
  const open = (endpoint = proxy.url, options: AwsStorageOptions = {}) => {
    const client = new SecretsManagerClient({
      region: 'us-east-1',
      endpoint,
      maxAttempts: 1,
      credentials: { accessKeyId: 'AKIAPLANTED', secretAccessKey, sessionToken },
    })
    return openOn(client, { logger: { debug: log, info: log, warn: log, error: log }, ...options })
  }
  const isAction = (action: string) => (request: { readonly headers: Readonly<Record<string, unknown>> }) =>
    request.headers['x-amz-target'] === `secretsmanager.${action}`

  it('that is not there has a verdict in less than two seconds, and nothing was written', async () => {
    const free = createServer().listen(0, '127.0.0.1')
    const address = free.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    await new Promise((resolve) => free.close(resolve))
    const storage = open(`http://127.0.0.1:${port}`)
    const report = await within(storage.health(), 2000, 'a verdict')
    expect(report).toMatchObject({ status: 'down', reason: expect.stringContaining('no connection') })
    const error = await failureOf(storage.store('db', sampleRecord('db')))
    expect(error).toMatchObject({ code: 'UNAVAILABLE', retryable: true })
    expect(error.details.outcome).toBeUndefined()
  })

  it('that hangs is down in less than two seconds, and a call has the time it was given', async () => {
    const storage = open(server.settings.AWS_ENDPOINT_URL)
    await storage.store('db', sampleRecord('db'))
    await server.suspend()
    try {
      expect(await within(storage.health(), 2000, 'a verdict')).toMatchObject({ status: 'down' })
      const read = storage.retrieve('db', { signal: AbortSignal.timeout(100) })
      expect((await failureOf(within(read, 5000, 'the call'))).code).toBe('TIMEOUT')
      const write = storage.store('db', sampleRecord('db'), { signal: AbortSignal.timeout(100) })
      expect((await failureOf(within(write, 5000, 'the call'))).details.outcome).toBe('unknown')
      await within(storage.close({ deadlineMs: 100 }), 5000, 'close')
    } finally {
      await server.resume()
    }
  })

  it('that is killed in the middle of a write leaves its outcome open, and works again when it is back', async () => {
    proxy.script([{ kind: 'hang' }], isAction('PutSecretValue'))
    const storage = open()
    const write = failureOf(storage.store('db', sampleRecord('db')))
    await proxy.until(({ requests }) => requests.at(-1)?.headers['x-amz-target'] === 'secretsmanager.PutSecretValue')
    await server.kill('SIGKILL')
    await proxy.close()
    const error = await write
    expect(error).toMatchObject({ code: 'UNAVAILABLE', details: { outcome: 'unknown' } })
    await server.restart()
    proxy = await createHttpProxy({ target: server.settings.AWS_ENDPOINT_URL ?? '' })
    const again = open()
    await again.store('db', sampleRecord('db', { value: 'back' }))
    expect(sampleText((await again.retrieve('db')).value)).toBe('back')
  })

  it.each([
    ['503', { kind: 'answer', status: 503, body: '<html>busy</html>' }, 'UNAVAILABLE', undefined],
    ['429', { kind: 'answer', status: 429, headers: { 'retry-after': '3' }, body: '' }, 'RATE_LIMITED', 3000],
    [
      'ThrottlingException',
      { kind: 'answer', status: 400, body: { __type: 'ThrottlingException', message: 'Rate exceeded' } },
      'RATE_LIMITED',
      undefined,
    ],
    ['a reset', { kind: 'reset' }, 'UNAVAILABLE', undefined],
    ['half an answer', { kind: 'cut', afterBytes: 5 }, 'UNAVAILABLE', undefined],
  ] as const)('with %s is told as it is', async (_, fault, code, retryAfterMs) => {
    const storage = open()
    await storage.store('db', sampleRecord('db', { value: planted }))
    proxy.script([fault, fault])
    expect(await failureOf(storage.retrieve('db'))).toMatchObject({ code, retryable: true, retryAfterMs })
    expect(await failureOf(storage.exists('db'))).toMatchObject({ code, operation: 'exists' })
    expect(sampleText((await storage.retrieve('db')).value)).toBe(planted)
  })

  // What AWS says of a signature has the headers that it should be of.
  const canonical = `'POST\n/\n\nhost:127.0.0.1\nx-amz-date:20261121T000000Z\nx-amz-security-token:${sessionToken}\n'`

  it.each([
    ['the session has ended', 'ExpiredTokenException', 'The security token included in the request is expired'],
    ['the signature is wrong', 'InvalidSignatureException', `The Canonical String should have been ${canonical}`],
  ])('that says %s is not asked again, and nothing shows the token', async (_, __type, message) => {
    const storage = standard({ retry: { baseDelayMs: 1 } }).layer(credentialStorageOperations)(open())
    proxy.setFault({ kind: 'answer', status: 400, body: { __type, message } })
    const before = proxy.count
    expect(await failureOf(storage.retrieve('db'))).toMatchObject({ code: 'UNAUTHENTICATED', retryable: false })
    expect(proxy.count - before).toBe(1)
  })

  it('is given the credentials that come after those which end', async () => {
    const keys = ['AKIAFIRST', 'AKIASECOND']
    const client = new SecretsManagerClient({
      region: 'us-east-1',
      endpoint: proxy.url,
      maxAttempts: 1,
      // As a role of a machine gives them: the SDK asks again some minutes before they end.
      credentials: async () => ({
        accessKeyId: keys.shift() ?? 'AKIATHIRD',
        secretAccessKey,
        sessionToken,
        expiration: new Date(Date.now() + (keys.length > 0 ? 60_000 : 3_600_000)),
      }),
    })
    const storage = openOn(client)
    await storage.store('db', sampleRecord('db'))
    await storage.retrieve('db')
    await storage.retrieve('db')
    const used = proxy.requests.slice(-3).map(({ headers }) => /AKIA\w+/.exec(String(headers.authorization))?.[0])
    expect(used.slice(1)).toEqual(['AKIASECOND', 'AKIASECOND'])
    client.destroy()
  })

  it('is tried again by the standard layers, and a write whose answer was lost does not conflict with itself', async () => {
    const base = open()
    const storage = standard({ timeoutMs: 10_000, retry: { baseDelayMs: 1, maxDelayMs: 2 } }).layer(
      credentialStorageOperations,
    )(base)
    const { version } = await storage.store('db', sampleRecord('db', { value: 'before' }))
    proxy.script([{ kind: 'answer', status: 503 }, { kind: 'reset' }], isAction('GetSecretValue'))
    expect(sampleText((await storage.retrieve('db')).value)).toBe('before')
    proxy.script([{ kind: 'lost-answer' }], isAction('UpdateSecretVersionStage'))
    const written = await storage.store('db', sampleRecord('db', { value: 'after' }), { ifVersion: version })
    const found = await base.retrieve('db')
    expect([found.version, sampleText(found.value)]).toEqual([written.version, 'after'])
    proxy.script([{ kind: 'lost-answer' }], isAction('CreateSecret'))
    const created = await storage.store('new', sampleRecord('new'), { ifVersion: null })
    expect((await base.retrieve('new')).version).toBe(created.version)
    expect(await base.history('new')).toHaveLength(1)
  })

  it('behind a certificate that is not trusted is not spoken to', async () => {
    const made = await generate([{ name: 'commonName', value: 'nobody' }], { keyType: 'ec', algorithm: 'sha256' })
    const target = server.settings.AWS_ENDPOINT_URL ?? ''
    const tls = await createHttpProxy({ target, tls: { key: made.private, cert: made.cert } })
    try {
      const error = await failureOf(open(tls.url).store('db', sampleRecord('db')))
      expect(error).toMatchObject({
        code: 'UNAVAILABLE',
        retryable: false,
        hint: expect.stringContaining('NODE_EXTRA_CA_CERTS'),
      })
      expect(error.details.outcome).toBeUndefined()
      expect(tls.count).toBe(0)
    } finally {
      await tls.close()
    }
  })

  it('without any credentials says where they are looked for, in less than two seconds for health', async () => {
    const client = new SecretsManagerClient({
      region: 'us-east-1',
      endpoint: proxy.url,
      maxAttempts: 1,
      credentials: async () => {
        throw Object.assign(new Error('Could not load credentials from any providers'), {
          name: 'CredentialsProviderError',
        })
      },
    })
    const storage = createAwsStorage({ client, prefix: newPrefix() })
    expect(await failureOf(storage.store('db', sampleRecord('db')))).toMatchObject({
      code: 'UNAUTHENTICATED',
      hint: expect.stringContaining('AWS_PROFILE'),
    })
    expect(await within(storage.health(), 2000, 'a verdict')).toMatchObject({ status: 'down' })
  })

  it('without a region says how to give one', async () => {
    const before = { ...process.env }
    for (const name of ['AWS_REGION', 'AWS_DEFAULT_REGION', 'AWS_PROFILE']) delete process.env[name]
    process.env.AWS_CONFIG_FILE = '/does/not/exist'
    try {
      const storage = createAwsStorage({ endpoint: proxy.url })
      expect(await failureOf(storage.retrieve('db'))).toMatchObject({
        code: 'INVALID_ARGUMENT',
        reason: 'OPTIONS_INVALID',
        hint: expect.stringContaining('AWS_REGION'),
      })
    } finally {
      process.env = before
    }
  })

  it('finds region, endpoint and credentials in the environment as the SDK does', async () => {
    const before = { ...process.env }
    Object.assign(process.env, clientEnvironment(proxy.url))
    try {
      const storage = createAwsStorage({ prefix: newPrefix() })
      await storage.store('db', sampleRecord('db'))
      expect(proxy.requests.at(-1)?.headers.authorization).toContain('AKIAENVIRONMENT/')
      expect(proxy.requests.at(-1)?.headers.authorization).toContain('/eu-west-3/secretsmanager/')
      await storage.close()
    } finally {
      process.env = before
    }
  })

  it('is sent no key that signs, and shown no secret in any error or log line', () => {
    scanner.look('the log', lines)
    scanner.assertNone()
    const wire = createSecretScanner()
    wire.watch('secret access key', secretAccessKey)
    expect(proxy.requests.length).toBeGreaterThan(0)
    for (const { headers, body, path } of proxy.requests) wire.look(path, [headers, body.toString()])
    wire.assertNone()
  })
})

const clientEnvironment = (endpoint: string) => ({
  AWS_REGION: 'eu-west-3',
  AWS_ENDPOINT_URL: endpoint,
  AWS_ACCESS_KEY_ID: 'AKIAENVIRONMENT',
  AWS_SECRET_ACCESS_KEY: secretAccessKey,
})

it('the emulator is there', ({ skip }) => {
  if (server instanceof ServerUnavailableError) skip(server.message)
})
