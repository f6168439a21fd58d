import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { HoldfastError } from '@holdfast/contracts'
import { createCredentialManager, createKeyring, rawKey } from '@holdfast/credential-core'
import { describeWithServer, type ServerSettings, startServer } from '@holdfast/test-servers'
import {
  collect,
  createHttpProxy,
  createSecretScanner,
  type HttpProxy,
  sampleRecord,
  sampleText,
  within,
} from '@holdfast/testkit'
import { KubeConfig } from '@kubernetes/client-node'
import { generate } from 'selfsigned'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { grant, k8sStorageOf, kubeConfigOf, newNamespace } from './kubernetes-cluster.ts'

const scanner = createSecretScanner()
const planted = scanner.plant('value')

const lines: unknown[] = []
const log = (...line: readonly unknown[]): void => void lines.push(line)
const logger = { debug: log, info: log, warn: log, error: log }

const failureOf = async (work: Promise<unknown>): Promise<HoldfastError> => {
  const error: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (!HoldfastError.is(error)) throw new Error(`expected a HoldfastError, got ${String(error)}`)
  scanner.look(`the ${error.code} of ${error.operation}`, error)
  return error
}

/** A configuration for what listens on a port of this machine, with the authority of its certificate. */
const kubeConfigAt = (server: string, token: string, authority?: string): KubeConfig => {
  const kubeConfig = new KubeConfig()
  const trusted = authority === undefined ? {} : { caData: Buffer.from(authority).toString('base64') }
  kubeConfig.loadFromClusterAndUser({ name: 'test', server, skipTLSVerify: false, ...trusted }, { name: 'user', token })
  return kubeConfig
}

/** Starts a proxy that speaks TLS before a server, with a configuration that leads through it. */
const proxyBefore = async ({ KUBERNETES_URL = '', KUBERNETES_TOKEN = '', KUBERNETES_CACERT = '' }: ServerSettings) => {
  const made = await generate([{ name: 'commonName', value: 'proxy' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    extensions: [
      { name: 'basicConstraints', cA: true },
      { name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] },
    ],
  })
  const proxy = await createHttpProxy({
    target: KUBERNETES_URL,
    ca: readFileSync(KUBERNETES_CACERT, 'utf8'),
    tls: { key: made.private, cert: made.cert },
    keepBodyBytes: 1024 * 1024,
  })
  return { proxy, kubeConfig: kubeConfigAt(proxy.url, KUBERNETES_TOKEN, made.cert) }
}

describeWithServer('kubernetes', ({ settings }) => {
  const { KUBERNETES_TOKEN = '' } = settings
  let namespace: string
  let proxy: HttpProxy
  let throughConfig: KubeConfig

  beforeAll(async () => {
    namespace = await newNamespace(settings)
    ;({ proxy, kubeConfig: throughConfig } = await proxyBefore(settings))
  })
  beforeEach(() => proxy.setFault({ kind: 'pass' }))
  afterAll(() => proxy.close())

  const throughProxy = () => k8sStorageOf(settings, { namespace, kubeConfig: throughConfig, logger })

  describe('a server', () => {
    it('that is not there has a verdict in less than two seconds, and nothing was written', async () => {
      const free = createServer().listen(0, '127.0.0.1')
      const address = free.address()
      const port = typeof address === 'object' && address !== null ? address.port : 0
      await new Promise((resolve) => free.close(resolve))
      const storage = k8sStorageOf(settings, { kubeConfig: kubeConfigAt(`https://127.0.0.1:${port}`, 'unused-token') })
      expect(await within(storage.health(), 2000, 'a verdict')).toMatchObject({ status: 'down' })
      const error = await failureOf(within(storage.store('db', sampleRecord('db')), 2000, 'a verdict'))
      expect(error).toMatchObject({ code: 'UNAVAILABLE', retryable: true })
      expect(error.details.outcome).toBeUndefined()
    })

    it.each([
      ['503', { kind: 'answer', status: 503, body: '<html>busy</html>' }, 'UNAVAILABLE', undefined],
      ['429', { kind: 'answer', status: 429, headers: { 'retry-after': '3' }, body: '' }, 'RATE_LIMITED', 3000],
      ['a reset', { kind: 'reset' }, 'UNAVAILABLE', undefined],
      ['half an answer', { kind: 'cut', afterBytes: 5 }, 'UNAVAILABLE', undefined],
    ] as const)('that answers with %s is told as it is', async (_, fault, code, retryAfterMs) => {
      const storage = throughProxy()
      await storage.store('db', sampleRecord('db', { value: planted }))
      proxy.script([fault, fault])
      expect(await failureOf(storage.retrieve('db'))).toMatchObject({ code, retryable: true, retryAfterMs })
      expect(await failureOf(collect(storage.list()))).toMatchObject({ code, operation: 'list' })
      expect(sampleText((await storage.retrieve('db')).value)).toBe(planted)
    })

    it('whose answer to a write is lost leaves its outcome open', async () => {
      const storage = throughProxy()
      proxy.script([{ kind: 'lost-answer' }], ({ method }) => method === 'POST')
      const error = await failureOf(storage.store('lost', sampleRecord('lost'), { ifVersion: null }))
      expect(error).toMatchObject({ code: 'UNAVAILABLE', details: { outcome: 'unknown' } })
      expect(await storage.exists('lost')).toBe(true)
    })
  })

  it('a watch whose place was forgotten lists again, also when the server is busy then, and tells what follows', async () => {
    const direct = k8sStorageOf(settings, { namespace: await newNamespace(settings) })
    const [, inNamespace = ''] = /\((\S+)\)/.exec(direct.name) ?? []
    const through = k8sStorageOf(settings, { namespace: inNamespace, kubeConfig: throughConfig, logger })
    const gone = { type: 'ERROR', object: { kind: 'Status', code: 410, reason: 'Expired', metadata: {} } }
    const changes = through.watch({})[Symbol.asyncIterator]()
    // The first list, which finds the place to begin at, passes.
    let isWatching = false
    proxy.script(
      [
        { kind: 'answer', status: 200, body: `${JSON.stringify(gone)}\n` },
        { kind: 'answer', status: 503 },
        { kind: 'pass' },
      ],
      ({ path }) => {
        isWatching ||= path.includes('watch=true')
        return isWatching
      },
    )
    expect((await changes.next()).value).toMatchObject({ type: 'resynced' })
    const next = changes.next()
    await direct.store('after', sampleRecord('after'))
    expect((await next).value).toMatchObject({ type: 'stored', id: 'after' })
    await changes.return?.()
  })

  describe('permissions', () => {
    it('without create the error names the verb and the Role', async () => {
      const tokens: Readonly<Record<string, string>> = JSON.parse(settings.KUBERNETES_USER_TOKENS ?? '{}')
      await grant(settings, namespace, { kind: 'User', name: 'user-3' }, ['get', 'list', 'update'])
      const kubeConfig = kubeConfigOf(settings, { token: tokens['user-3'] ?? '' })
      const storage = k8sStorageOf(settings, { namespace, kubeConfig })
      const error = await failureOf(storage.store('new', sampleRecord('new'), { ifVersion: null }))
      expect(error).toMatchObject({ code: 'PERMISSION_DENIED', hint: expect.stringContaining('create') })
    })
  })

  it.each([50, 100])('%d calls of all kinds at once', async (count) => {
    const storage = k8sStorageOf(settings, { namespace: await newNamespace(settings) })
    const ids = Array.from({ length: count }, (_, index) => `at-once/${index}`)
    await Promise.all(ids.map((id) => storage.store(id, sampleRecord(id, { value: 'before' }))))
    const found = await Promise.all(
      ids.map(async (id, index) => {
        switch (index % 5) {
          case 0:
            return (await storage.store(id, sampleRecord(id, { value: 'after' }))).version
          case 1: {
            const { version } = await storage.retrieve(id)
            return (await storage.store(id, sampleRecord(id, { value: 'after' }), { ifVersion: version })).version
          }
          case 2:
            return (await storage.delete(id)).deleted
          case 3:
            return await storage.exists(id)
          default:
            return sampleText((await storage.retrieve(id)).value)
        }
      }),
    )
    expect(found.filter((answer) => answer === true)).toHaveLength((count * 2) / 5)
    expect(found.filter((answer) => answer === 'before')).toHaveLength(count / 5)
    expect(await collect(storage.list({ include: 'id' }))).toHaveLength((count * 4) / 5)
  })

  describe('secrets', () => {
    it('that the manager has sealed go over the wire in no form, and the token only where it belongs', async () => {
      const storage = throughProxy()
      const keyring = createKeyring({ storage, unlock: [rawKey(Buffer.alloc(32, 7))], createIfMissing: true })
      const manager = createCredentialManager({ storage, keyring })
      const before = proxy.requests.length
      const sealed = createSecretScanner()
      const value = sealed.plant('sealed value')
      sealed.watch('token', KUBERNETES_TOKEN)
      await manager.store('db/sealed', value, { tags: { team: 'core' } })
      await manager.update('db/sealed', `${value} again`)
      expect((await manager.retrieve('db/sealed')).value.reveal()).toBe(`${value} again`)
      const captured = proxy.requests.slice(before)
      for (const { method, path, headers, body, answer } of captured) {
        const { authorization, ...others } = headers
        expect(authorization).toBe(`Bearer ${KUBERNETES_TOKEN}`)
        const text = [body.toString(), answer?.body.toString() ?? '']
        sealed.look(`${method} ${path}`, [path, others, ...text, ...text.map(decodedData)])
      }
      expect(captured.some(({ body }) => body.toString().includes('core'))).toBe(true)
      sealed.assertNone()
      await manager.close()
    })
  })
})

/** The data of a secret in the text, which is base64, as it is inside. */
const decodedData = (text: string): string =>
  [...text.matchAll(/"value":"([\w+/=]*)"/g)].map(([, data = '']) => Buffer.from(data, 'base64').toString()).join('\n')

describeWithServer('kubernetes', () => {
  it('a server that hangs or is killed in the middle of a write leaves its outcome open, and works again when it is back', async () => {
    const own = await startServer('kubernetes')
    try {
      const namespace = await newNamespace(own.settings)
      const storage = k8sStorageOf(own.settings, { namespace })
      await storage.store('db', sampleRecord('db'))

      await own.suspend()
      const hanging = { status: 'down', reason: expect.stringContaining('1800 ms') }
      expect(await within(storage.health(), 2000, 'a verdict')).toMatchObject(hanging)
      const read = storage.retrieve('db', { signal: AbortSignal.timeout(100) })
      expect((await failureOf(within(read, 5000, 'the call'))).code).toBe('TIMEOUT')
      const late = storage.store('db', sampleRecord('db'), { signal: AbortSignal.timeout(100) })
      expect((await failureOf(within(late, 5000, 'the call'))).details.outcome).toBe('unknown')

      const { proxy, kubeConfig } = await proxyBefore(own.settings)
      const through = k8sStorageOf(own.settings, { namespace, kubeConfig })
      const write = failureOf(through.store('db', sampleRecord('db', { value: 'lost' })))
      await proxy.until(({ requests }) => requests.at(-1)?.method === 'PUT')
      await own.kill('SIGKILL')
      await proxy.close()
      expect(await within(write, 5000, 'the call')).toMatchObject({
        code: 'UNAVAILABLE',
        details: { outcome: 'unknown' },
      })

      expect(await within(storage.health(), 2000, 'a verdict')).toMatchObject({ status: 'down' })
      expect(await failureOf(storage.retrieve('db'))).toMatchObject({ code: 'UNAVAILABLE', retryable: true })

      await own.restart()
      await storage.store('db', sampleRecord('db', { value: 'back' }))
      expect(sampleText((await storage.retrieve('db')).value)).toBe('back')
      await storage.close()
    } finally {
      await own.stop()
    }
  })
})

it('no error and no log line has shown a secret', () => {
  scanner.look('the log', lines)
  scanner.assertNone()
})
