// What the other suites of this driver leave of the edges that every remote storage is asked about.
import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { compose, HoldfastError } from '@holdfast/contracts'
import { credentialStorageOperations } from '@holdfast/contracts/credentials'
import { standard } from '@holdfast/resilience'
import { describeWithOwnServer, describeWithServer, type ServerSettings } from '@holdfast/test-servers'
import {
  collect,
  createFakeClock,
  createHttpProxy,
  createSecretScanner,
  type HttpProxy,
  sampleRecord,
  sampleText,
  within,
} from '@holdfast/testkit'
import { afterEach, describe, expect, it } from 'vitest'
import { type AzureStorage, type AzureStorageOptions, createAzureStorage } from '../src/index.ts'
import { azureStorageOf, newPrefix, tokensOf } from './azure-vault.ts'

/** Longest that a verdict may take which is promised within 2 seconds, on a machine that has better things to do. */
const patienceMs = 20_000

const failureOf = async (work: Promise<unknown>): Promise<HoldfastError> => {
  const error: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (!HoldfastError.is(error)) throw new Error(`expected a HoldfastError, got ${String(error)}`)
  return error
}

/** An HTTPS proxy before the vault, with the vault's own certificate. */
const proxyBefore = ({ AZURE_KEY_VAULT_URL = '', KEY_VAULT_CA = '' }: ServerSettings): Promise<HttpProxy> => {
  const cert = readFileSync(KEY_VAULT_CA, 'utf8')
  const key = readFileSync(KEY_VAULT_CA.replace(/crt$/, 'key'), 'utf8')
  return createHttpProxy({ target: AZURE_KEY_VAULT_URL, ca: cert, tls: { key, cert } })
}

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address !== null ? address.port : 0
}

const opened: AzureStorage[] = []
afterEach(async () => {
  await Promise.all(opened.splice(0).map((storage) => storage.close({ deadlineMs: 0 })))
})
const connect = (settings: ServerSettings, options: Partial<AzureStorageOptions> = {}): AzureStorage => {
  const storage = azureStorageOf(settings, { prefix: newPrefix(), credential: tokensOf(settings), ...options })
  opened.push(storage)
  return storage
}

describe('a vault that is not there', () => {
  it('is known to be down within two seconds, and no write can have happened', async () => {
    const credential = { getToken: async () => ({ token: 'planted-token', expiresOnTimestamp: Date.now() + 60_000 }) }
    const vaultUrl = `https://127.0.0.1:${await freePort()}`
    const storage = createAzureStorage({ vaultUrl, credential, allowAnyHost: true })
    opened.push(storage)
    const { status, reason, latencyMs } = await within(storage.health(), patienceMs, 'the verdict')
    expect([status, reason]).toEqual(['down', expect.stringContaining('could not reach the vault')])
    expect(latencyMs).toBeLessThan(2000)
    const error = await failureOf(storage.store('a', sampleRecord('a')))
    expect([error.code, error.retryable, error.details.outcome]).toEqual(['UNAVAILABLE', true, undefined])
  })
})

describeWithOwnServer('key-vault', (start) => {
  it('a vault that is killed under a call is UNAVAILABLE, and the outcome of a write unknown', async () => {
    const own = await start()
    await using proxy = await proxyBefore(own.settings)
    const storage = connect(own.settings, { vaultUrl: proxy.url })
    await storage.store('a', sampleRecord('a'))
    await own.suspend()
    const { count } = proxy
    const calls = [storage.retrieve('a'), storage.store('a', sampleRecord('a'))].map(failureOf)
    await proxy.until((seen) => seen.count === count + 2)
    await own.kill('SIGKILL')
    const [read, write] = await Promise.all(calls)
    expect([read?.code, read?.details.outcome]).toEqual(['UNAVAILABLE', undefined])
    expect([write?.code, write?.details.outcome]).toEqual(['UNAVAILABLE', 'unknown'])
    await own.restart()
    expect(sampleText((await storage.retrieve('a')).value)).toBe('a')
  })
})

describeWithServer('key-vault', ({ settings }) => {
  it.each<readonly [number, Readonly<Record<string, string>>, string, number | undefined]>([
    [429, { 'retry-after': '7' }, 'RATE_LIMITED', 7000],
    [503, { 'retry-after': '2' }, 'UNAVAILABLE', 2000],
    [502, {}, 'UNAVAILABLE', undefined],
  ])('an answer of %i is told with the time to wait', async (status, headers, code, retryAfterMs) => {
    await using proxy = await proxyBefore(settings)
    const storage = connect(settings, { vaultUrl: proxy.url })
    await storage.store('a', sampleRecord('a'))
    // As a gateway says it, without a word of the vault's.
    proxy.setFault({ kind: 'answer', status, headers, body: '<html>planted-page</html>' })
    const error = await failureOf(storage.retrieve('a'))
    expect([error.code, error.retryAfterMs, error.retryable]).toEqual([code, retryAfterMs, true])
    expect(JSON.stringify([error, String(error)])).not.toContain('planted-page')
  })

  it('a write whose answer is lost says so, has happened, and is not made again', async () => {
    await using proxy = await proxyBefore(settings)
    const storage = connect(settings, { vaultUrl: proxy.url })
    const layered = compose(storage, standard({ retry: { baseDelayMs: 1 } }).layer(credentialStorageOperations))
    await storage.store('a', sampleRecord('a', { value: 'before' }))
    proxy.script([{ kind: 'lost-answer' }], ({ method }) => method === 'PUT')
    const error = await failureOf(layered.store('a', sampleRecord('a', { value: 'after' })))
    expect([error.code, error.details.outcome]).toEqual(['UNAVAILABLE', 'unknown'])
    expect(sampleText((await storage.retrieve('a')).value)).toBe('after')
    expect(await storage.history('a')).toHaveLength(2)
  })

  it('a delete whose answer is lost is made again, and does not conflict with itself', async () => {
    await using proxy = await proxyBefore(settings)
    const storage = connect(settings, { vaultUrl: proxy.url })
    const layered = compose(storage, standard({ retry: { baseDelayMs: 1 } }).layer(credentialStorageOperations))
    await storage.store('a', sampleRecord('a'))
    proxy.script([{ kind: 'lost-answer' }], ({ method }) => method === 'DELETE')
    await layered.delete('a')
    expect(await storage.exists('a')).toBe(false)
    await storage.recover('a')
    expect(sampleText((await storage.retrieve('a')).value)).toBe('a')
  })

  it('two writers who race lose nothing: every version is kept, and the last is current', async () => {
    const prefix = newPrefix()
    const writers = [connect(settings, { prefix }), connect(settings, { prefix })]
    const written: string[] = []
    await Promise.all(
      writers.map(async (writer, index) => {
        for (let round = 0; round < 20; round++) {
          const { version } = await writer.store('a', sampleRecord('a', { value: `${index} ${round}` }))
          written.push(version)
        }
      }),
    )
    const [reader] = writers
    const history = (await reader?.history('a')) ?? []
    expect(history.map(({ version }) => version).sort()).toEqual([...written].sort())
    const found = await reader?.retrieve('a')
    expect([found?.version, sampleText(found?.value ?? new Uint8Array())]).toEqual([
      history.find(({ isCurrent }) => isCurrent)?.version,
      expect.stringMatching(/^[01] 19$/),
    ])
  })

  it.each([50, 100])('takes %i reads and writes at the same time', async (count) => {
    const storage = connect(settings)
    const ids = Array.from({ length: count }, (_, index) => `parallel/${index}`)
    await Promise.all(ids.map((id) => storage.store(id, sampleRecord(id))))
    const read = await Promise.all(ids.map((id) => storage.retrieve(id)))
    expect(read.map(({ value }) => sampleText(value))).toEqual(ids)
    expect(await Promise.all(ids.map((id) => storage.exists(id)))).toEqual(ids.map(() => true))
    await Promise.all(ids.map((id) => storage.delete(id)))
    expect(await collect(storage.list())).toEqual([])
  })

  it.each([
    ['a day before', 86_400_000],
    ['a day behind', -86_400_000],
  ])('a clock that is %s that of the vault harms nothing', async (_, offsetMs) => {
    const prefix = newPrefix()
    const right = connect(settings, { prefix })
    const clock = createFakeClock({ wallMs: Date.now() + offsetMs })
    const skewed = connect(settings, { prefix, clock })
    const versions: string[] = []
    for (const storage of [skewed, right, skewed]) {
      versions.unshift((await storage.store('a', sampleRecord('a'))).version)
    }
    for (const storage of [skewed, right]) {
      expect((await storage.retrieve('a')).version).toBe(versions[0])
      const history = await storage.history('a')
      expect(history.map(({ version }) => version).sort()).toEqual([...versions].sort())
      expect(history[0]).toMatchObject({ version: versions[0], isCurrent: true })
    }
    expect((await skewed.health()).status).toBe('up')
  })

  it('shows no token and no value in errors, logs, reports, names and listings', async () => {
    const scanner = createSecretScanner()
    await using proxy = await proxyBefore(settings)
    const log = (...line: unknown[]): void => scanner.look('log', line)
    const logger = { debug: log, info: log, warn: log, error: log }
    const token = scanner.plant('unknown token')
    const unknown = { getToken: async () => ({ token, expiresOnTimestamp: Date.now() + 3_600_000 }) }
    const value = new TextEncoder().encode(scanner.plant('value'))
    const record = sampleRecord('a', { value, encoding: 'text' })
    const prefix = newPrefix()
    const storages = [
      connect(settings, { prefix, logger, vaultUrl: proxy.url }),
      connect(settings, { prefix, logger, vaultUrl: proxy.url, credential: unknown }),
      connect(settings, { prefix, logger, vaultUrl: `https://127.0.0.1:${await freePort()}`, credential: unknown }),
    ]
    for (const storage of storages) {
      scanner.look('name', storage.name)
      scanner.look('health', await storage.health())
      scanner.look('store', await storage.store('a', record).catch((error) => error))
      scanner.look('conditional store', await storage.store('a', record, { ifVersion: null }).catch((error) => error))
      scanner.look('list', await collect(storage.list()).catch((error) => error))
      scanner.look('history', await storage.history('a').catch((error) => error))
      scanner.look('version', await storage.retrieve('a', { version: 'none' }).catch((error) => error))
    }
    // What lists and asks for ids must not carry values over the network either.
    for (const { method, path, body, answer } of proxy.requests) {
      if (method !== 'GET' || !/\/secrets(?:\?|\/[^/]+\/versions)/.test(path)) continue
      scanner.look('listing on the wire', `${path} ${body} ${answer?.body}`)
    }
    scanner.assertNone()
  })
})
