import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { compose, HoldfastError } from '@holdfast/contracts'
import { credentialStorageOperations } from '@holdfast/contracts/credentials'
import { standard } from '@holdfast/resilience'
import { describeWithServer, type PrivateServer, startServer } from '@holdfast/test-servers'
import {
  collect,
  createFakeClock,
  createHttpProxy,
  createTcpProxy,
  sampleRecord,
  sampleText,
  sampleValueMarker,
  within,
} from '@holdfast/testkit'
import { generate } from 'selfsigned'
import { afterEach, describe, expect, it } from 'vitest'
import { createVaultStorage, type VaultStorage, type VaultStorageOptions } from '../src/index.ts'
import { arrange, ask, uniqueName } from './kv-mount.ts'

/** Longest that a verdict may take which is promised within 2 seconds, on a machine that has better things to do. */
const patienceMs = 20_000

const opened: VaultStorage[] = []
const servers: PrivateServer[] = []
afterEach(async () => {
  await Promise.all(opened.splice(0).map((storage) => storage.close({ deadlineMs: 0 })))
  await Promise.all(servers.splice(0).map((server) => server.stop()))
})

const connect = (options: VaultStorageOptions): VaultStorage => {
  const storage = createVaultStorage(options)
  opened.push(storage)
  return storage
}
const startPrivate = async (name: string): Promise<PrivateServer> => {
  const server = await startServer(name)
  servers.push(server)
  return server
}
const to = ({ settings }: Pick<PrivateServer, 'settings'>, options: VaultStorageOptions = {}): VaultStorageOptions => ({
  address: settings.VAULT_ADDR ?? '',
  auth: { method: 'token', token: settings.VAULT_TOKEN ?? '' },
  ...options,
})
const errorOf = async (call: Promise<unknown>): Promise<HoldfastError> => {
  const thrown: unknown = await call.then(
    () => new Error('it did not reject'),
    (error: unknown) => error,
  )
  if (!HoldfastError.is(thrown)) throw thrown
  return thrown
}

describe('a server that is not there', () => {
  it('is known to be down within two seconds, and costs nothing to create a storage for', async () => {
    const storage = connect({ address: 'http://127.0.0.1:1', auth: { method: 'token', token: 'planted-token' } })
    const { status, reason, latencyMs } = await within(storage.health(), patienceMs, 'the verdict')
    expect([status, reason]).toEqual(['down', expect.stringContaining('nothing listens')])
    expect(latencyMs).toBeLessThan(2000)
    const error = await errorOf(storage.store('a', sampleRecord('a')))
    expect([error.code, error.retryable, error.details.outcome]).toEqual(['UNAVAILABLE', true, undefined])
  })
})

describeWithServer('openbao', (server) => {
  const { VAULT_ADDR = '' } = server.settings

  it('that hangs is down within two seconds, and everything goes on when it does', async () => {
    const own = await startPrivate('openbao')
    const storage = connect(to(own))
    await storage.store('a', sampleRecord('a'))
    await own.suspend()
    const health = await within(storage.health(), patienceMs, 'the verdict')
    expect(health).toMatchObject({ status: 'down', reason: 'The server did not answer within 1500 ms.' })
    const late = storage.retrieve('a')
    const error = await errorOf(storage.store('a', sampleRecord('a'), { signal: AbortSignal.timeout(50) }))
    expect([error.code, error.details.outcome]).toEqual(['TIMEOUT', 'unknown'])
    await own.resume()
    expect(sampleText((await late).value)).toBe('a')
    expect(await storage.health()).toMatchObject({ status: 'up' })
  })

  it('that is killed under a call is UNAVAILABLE, and the outcome of a write unknown', async () => {
    const own = await startPrivate('openbao')
    await using proxy = await createTcpProxy({ target: own.settings.VAULT_ADDR ?? '' })
    const storage = connect(to(own, { address: proxy.through(own.settings.VAULT_ADDR ?? '') }))
    await storage.store('a', sampleRecord('a'))
    await own.suspend()
    const { exchanges } = proxy
    const calls = [storage.retrieve('a'), storage.store('a', sampleRecord('a'))].map(errorOf)
    await proxy.until(() => proxy.exchanges === exchanges + 2)
    await own.kill('SIGKILL')
    const [read, write] = await Promise.all(calls)
    expect([read?.code, read?.details.outcome]).toEqual(['UNAVAILABLE', undefined])
    expect([write?.code, write?.details.outcome, write?.retryable]).toEqual(['UNAVAILABLE', 'unknown', true])
    await own.restart()
    expect(await storage.exists('a')).toBe(false)
  })

  it('a connection that is reset in the middle of an answer is UNAVAILABLE, and the next call works', async () => {
    await using proxy = await createTcpProxy({ target: VAULT_ADDR })
    const storage = connect(to(server, { address: proxy.through(VAULT_ADDR), prefix: uniqueName('reset') }))
    await storage.store('a', sampleRecord('a'))
    await proxy.setFault({ kind: 'cut', afterBytes: 100 })
    expect((await errorOf(storage.retrieve('a'))).code).toBe('UNAVAILABLE')
    await proxy.setFault({ kind: 'pass' })
    expect(sampleText((await storage.retrieve('a')).value)).toBe('a')
  })

  it.each<readonly [number, Readonly<Record<string, string>>, string, number | undefined]>([
    [429, { 'retry-after': '7' }, 'RATE_LIMITED', 7000],
    [503, { 'retry-after': '2' }, 'UNAVAILABLE', 2000],
    [502, {}, 'UNAVAILABLE', undefined],
    [412, {}, 'UNAVAILABLE', undefined],
  ])('an answer of %i is told with the time to wait', async (status, headers, code, retryAfterMs) => {
    await using proxy = await createHttpProxy({ target: VAULT_ADDR })
    const storage = connect(to(server, { address: proxy.url, prefix: uniqueName('status') }))
    // As a load balancer says it, without a word of Vault's.
    proxy.setFault({ kind: 'answer', status, headers, body: '<html>Bad Gateway</html>' })
    const error = await errorOf(storage.retrieve('a'))
    expect([error.code, error.retryAfterMs, error.retryable]).toEqual([code, retryAfterMs, true])
  })

  it('what is not Vault is not taken for it', async () => {
    await using proxy = await createHttpProxy({ target: VAULT_ADDR })
    const storage = connect(to(server, { address: proxy.url }))
    for (const body of ['<html>Welcome</html>', '{"data":{"hello":"world"}}', '[]', '']) {
      proxy.setFault({ kind: 'answer', status: 200, body })
      expect(await errorOf(storage.retrieve('a'))).toMatchObject({ code: 'UNSUPPORTED' })
      expect(await storage.health()).toMatchObject({ status: 'down', reason: 'What answers at address is not Vault.' })
    }
    proxy.setFault({ kind: 'answer', status: 404, body: '<html>Not Found</html>' })
    expect(await errorOf(storage.exists('a'))).toMatchObject({ code: 'UNAVAILABLE' })
  })

  it('follows a standby to the active node, and back from nowhere', async () => {
    await using standby = await createHttpProxy({ target: VAULT_ADDR })
    const prefix = uniqueName('standby')
    const storage = connect(to(server, { address: standby.url, prefix }))
    standby.setPlan(({ path }) => ({ kind: 'answer', status: 307, headers: { location: `${VAULT_ADDR}${path}` } }))
    await storage.store('a', sampleRecord('a'))
    expect(sampleText((await storage.retrieve('a')).value)).toBe('a')
    standby.setPlan(({ path }) => ({ kind: 'answer', status: 307, headers: { location: `${standby.url}${path}` } }))
    expect((await errorOf(storage.retrieve('a'))).code).toBe('INTERNAL')
  })

  it.each([
    ['sealed', { initialized: true, sealed: true, standby: true, version: '2.7.2' }, 'down', 'The server is sealed.'],
    [
      'not initialised',
      { initialized: false, sealed: true, version: '2.7.2' },
      'down',
      'The server is not initialised.',
    ],
    [
      'a standby',
      { initialized: true, sealed: false, standby: true, version: '2.7.2' },
      'degraded',
      'The server is a standby: the active node answers in its place.',
    ],
    [
      'a standby that reads',
      { initialized: true, sealed: false, standby: false, performance_standby: true, version: '1.21.0+ent' },
      'degraded',
      'The server is a standby: the active node answers in its place.',
    ],
  ])('one that is %s says so in its health', async (_, body, status, reason) => {
    await using proxy = await createHttpProxy({ target: VAULT_ADDR })
    proxy.setPlan(({ path }) => (path.includes('sys/health') ? { kind: 'answer', status: 200, body } : undefined))
    expect(await connect(to(server, { address: proxy.url })).health()).toMatchObject({ status, reason })
  })

  describe('a write whose answer is lost', () => {
    const policy = { timeoutMs: patienceMs, retry: { retries: 3, baseDelayMs: 1 } } as const

    it.each(['creates', 'replaces'])('and is repeated does not conflict with itself when it %s', async (what) => {
      await using proxy = await createHttpProxy({ target: VAULT_ADDR })
      const prefix = uniqueName('lost')
      const storage = connect(to(server, { address: proxy.url, prefix }))
      const layered = compose(storage, standard(policy).layer(credentialStorageOperations))
      const ifVersion = what === 'creates' ? null : (await storage.store('a', sampleRecord('a'))).version
      proxy.script([{ kind: 'lost-answer' }], ({ method }) => method === 'POST')
      const record = sampleRecord('a', { value: 'written once' })
      const { version } = await layered.store('a', record, { ifVersion })
      const found = await storage.retrieve('a')
      expect([found.version, sampleText(found.value)]).toEqual([version, 'written once'])
      expect(await storage.history('a')).toHaveLength(what === 'creates' ? 1 : 2)
      expect(proxy.requests.filter(({ method }) => method === 'POST')).not.toHaveLength(1)
    })

    it.each([
      ['with final deletes, the first request', 'POST', false],
      ['with final deletes, the last request', 'DELETE', false],
      ['with soft deletes, the first request', 'data', true],
      ['with soft deletes, the last request', '/delete/', true],
    ])('and is a delete that is repeated does not conflict with itself, %s', async (_, which, softDelete) => {
      await using proxy = await createHttpProxy({ target: VAULT_ADDR })
      const prefix = uniqueName('lost')
      const clock = createFakeClock()
      const storage = connect(to(server, { address: proxy.url, prefix, softDelete, clock }))
      const layered = compose(storage, standard(policy).layer(credentialStorageOperations))
      const { version } = await storage.store('a', sampleRecord('a'))
      const fits = ({ method, path }: { readonly method: string; readonly path: string }): boolean =>
        method === which || (method === 'POST' && path.includes(which))
      proxy.script([{ kind: 'lost-answer' }], fits)
      let isDone = false
      const deleting = layered.delete('a', { ifVersion: version }).finally(() => {
        isDone = true
      })
      // One who has lost an answer waits for itself as for anybody else.
      while (!isDone) await clock.advanceAsync(50)
      expect(await deleting).toEqual({ deleted: true })
      const left = await ask(server, 'GET', `secret/data/${prefix}/a?version=1`)
      expect([await storage.exists('a'), left.status]).toEqual([false, 404])
      if (!softDelete) return
      await storage.recover('a')
      expect(sampleText((await storage.retrieve('a')).value)).toBe('a')
    })

    it('and is overtaken meanwhile is a conflict all the same', async () => {
      await using proxy = await createHttpProxy({ target: VAULT_ADDR })
      const prefix = uniqueName('lost')
      const layered = compose(
        connect(to(server, { address: proxy.url, prefix })),
        standard(policy).layer(credentialStorageOperations),
      )
      await connect(to(server, { prefix })).store('a', sampleRecord('a', { value: 'somebody else' }))
      // The request never arrived, and somebody else has created it.
      proxy.script([{ kind: 'reset' }], ({ method }) => method === 'POST')
      const error = await errorOf(layered.store('a', sampleRecord('a'), { ifVersion: null }))
      expect([error.code, error.reason]).toEqual(['CONFLICT', 'VERSION_MISMATCH'])
    })
  })

  it('a listing of ids carries no value over the network', async () => {
    await using proxy = await createTcpProxy({ target: VAULT_ADDR, captureBytes: 10_000_000 })
    const prefix = uniqueName('ids')
    const direct = connect(to(server, { prefix }))
    for (let index = 0; index < 20; index++) await direct.store(`id/${index}`, sampleRecord(`id/${index}`))
    const watched = connect(to(server, { prefix, address: proxy.through(VAULT_ADDR) }))
    expect(await collect(watched.list({ include: 'id' }))).toHaveLength(20)
    await watched.history('id/0')
    const { toClient } = proxy.capture()
    expect(Buffer.from(toClient).toString('latin1')).toContain('current_version')
    expect(Buffer.from(toClient).toString('latin1')).not.toContain(sampleValueMarker)
  })
})

describeWithServer('openbao-tls', (server) => {
  const { VAULT_ADDR = '', VAULT_CACERT = '' } = server.settings

  it('is trusted by its own authority alone, or when everything is', async () => {
    const prefix = uniqueName('tls')
    const storage = connect(to(server, { prefix, caFile: VAULT_CACERT }))
    await storage.store('a', sampleRecord('a'))
    expect(await storage.health()).toMatchObject({ status: 'up' })
    const careless = connect(to(server, { prefix, acceptAnyCertificate: true }))
    expect(await careless.exists('a')).toBe(true)
    for (const options of [{}, { serverName: 'somebody.else', caFile: VAULT_CACERT }]) {
      const wrong = connect(to(server, { prefix, ...options }))
      const error = await errorOf(wrong.store('a', sampleRecord('a')))
      expect([error.code, error.retryable, error.details.outcome]).toEqual(['UNAVAILABLE', false, undefined])
      expect(error.hint).toMatch(/caFile|serverName/)
      expect(await wrong.health()).toMatchObject({ status: 'down' })
    }
  })

  it('is found, and trusted, by the variables that the command line of Vault reads', async () => {
    const { VAULT_TOKEN = '' } = server.settings
    const environment = { VAULT_ADDR, VAULT_TOKEN, VAULT_CACERT, VAULT_KV_PREFIX: uniqueName('variables') }
    const storage = connect({ environment })
    await storage.store('a', sampleRecord('a'))
    expect(await storage.health()).toMatchObject({ status: 'up' })
    const { VAULT_CACERT: _, ...without } = environment
    expect(await errorOf(connect({ environment: without }).exists('a'))).toMatchObject({ code: 'UNAVAILABLE' })
    const careless = connect({ environment: { ...without, VAULT_SKIP_VERIFY: 'true' } })
    expect(await careless.exists('a')).toBe(true)
    const named = { ...environment, VAULT_TLS_SERVER_NAME: 'somebody.else' }
    expect(await errorOf(connect({ environment: named }).exists('a'))).toMatchObject({ code: 'UNAVAILABLE' })
  })

  it('is not spoken to in plain text, nor the other way round', async () => {
    const plain = connect(to(server, { address: VAULT_ADDR.replace('https', 'http') }))
    expect((await errorOf(plain.exists('a'))).code).toMatch(/UNAVAILABLE|INVALID_ARGUMENT/)
    await using other = await createHttpProxy({ target: VAULT_ADDR })
    const secured = connect(to(server, { address: other.url.replace('http', 'https'), caFile: VAULT_CACERT }))
    expect(await errorOf(secured.exists('a'))).toMatchObject({ code: 'UNAVAILABLE', retryable: false })
  })

  it('is never left for a plain-text address that it names', async () => {
    const { private: key, cert } = await generate([{ name: 'commonName', value: '127.0.0.1' }], {
      keyType: 'ec',
      algorithm: 'sha256',
      extensions: [
        { name: 'basicConstraints', cA: true },
        { name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] },
      ],
    })
    await using eavesdropper = await createHttpProxy({ target: VAULT_ADDR })
    await using hijacked = await createHttpProxy({ target: VAULT_ADDR, tls: { key, cert } })
    hijacked.setPlan(({ path }) => ({
      kind: 'answer',
      status: 307,
      headers: { location: `${eavesdropper.url}${path}` },
    }))
    const storage = connect(to(server, { address: hijacked.url, ca: cert }))
    await errorOf(storage.exists('a'))
    expect([hijacked.count, eavesdropper.count]).toEqual([1, 0])
  })

  it.each([
    ['is not there', '/no/such/file.pem', /ENOENT/],
    ['holds no certificate', join(import.meta.dirname, '../package.json'), /certificates in PEM/],
  ])('a file of authorities that %s is told when the storage is made', (_, caFile, problem) => {
    expect(() => connect(to(server, { caFile }))).toThrow(problem)
  })
})

describeWithServer('openbao-raft', (shared) => {
  it('that is sealed is down and UNAVAILABLE, and serves again when it is unsealed', async () => {
    const own = await startPrivate('openbao-raft')
    const storage = connect(to(own))
    const { version } = await storage.store('a', sampleRecord('a'))
    await arrange(own, 'PUT', 'sys/seal')
    const error = await errorOf(storage.store('a', sampleRecord('a'), { ifVersion: version }))
    expect([error.code, error.retryable]).toEqual(['UNAVAILABLE', true])
    expect(error.message).toContain('sealed')
    expect(await storage.health()).toMatchObject({
      status: 'down',
      reason: 'The server is sealed.',
      details: { sealed: true },
    })
    await arrange(own, 'PUT', 'sys/unseal', { key: own.settings.VAULT_UNSEAL_KEY })
    for (;;) if ((await storage.health()).status === 'up') break
    expect((await storage.retrieve('a')).version).toBe(version)
  })

  it('keeps what was acknowledged when the server and the writing process are killed (SC-008, SC-009)', async () => {
    const own = await startPrivate('openbao-raft')
    const script = join(import.meta.dirname, 'storing-process.ts')
    const { VAULT_ADDR, VAULT_TOKEN } = own.settings
    const writer = spawn(process.execPath, [script, 'durable'], {
      env: { ...process.env, VAULT_ADDR, VAULT_TOKEN },
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    const acknowledged: { id: string; version: string }[] = []
    for await (const line of createInterface({ input: writer.stdout })) {
      acknowledged.push(JSON.parse(line))
      // In the middle of the writes that follow.
      if (acknowledged.length === 50) await own.kill('SIGKILL')
    }
    if (writer.exitCode === null) {
      writer.kill('SIGKILL')
      await once(writer, 'exit')
    }
    await own.restart()
    const storage = connect(to(own, { prefix: 'durable' }))
    for (const { id, version } of acknowledged) {
      const found = await storage.retrieve(id)
      expect([found.version, sampleText(found.value)]).toEqual([version, id])
    }
    const listed = await collect(storage.list())
    expect(listed.every(({ metadata }) => metadata !== undefined)).toBe(true)
    // One more may have been written whose acknowledgement did not come.
    expect(listed.length - acknowledged.length).toBeLessThanOrEqual(1)
  })

  it('takes values up to the limit of its storage, and says when an entry is too large for it', async () => {
    const prefix = uniqueName('raft')
    const storage = connect(to(shared, { prefix }))
    const { maxValueBytes } = storage.capabilities.limits
    const large = sampleRecord('large', { value: new Uint8Array(maxValueBytes).fill(7), encoding: 'bytes' })
    await storage.store('large', large)
    expect((await storage.retrieve('large')).value).toEqual(large.value)
    const hopeful = connect(to(shared, { prefix, maxEntryBytes: 4_194_304 }))
    const tooLarge = sampleRecord('larger', { value: new Uint8Array(2_000_000), encoding: 'bytes' })
    const error = await errorOf(hopeful.store('larger', tooLarge))
    expect([error.code, error.reason, error.details.outcome]).toEqual(['INVALID_ARGUMENT', 'LIMIT_EXCEEDED', undefined])
    expect(error.hint).toContain('maxEntryBytes')
  })
})
