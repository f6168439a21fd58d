import { readFileSync } from 'node:fs'
import { request } from 'node:https'
import { inspect } from 'node:util'
import { HoldfastError } from '@holdfast/contracts'
import { credentialStorageOperations } from '@holdfast/contracts/credentials'
import { standard } from '@holdfast/resilience'
import { createMemoryStorage } from '@holdfast/storage-memory'
import { type PrivateServer, startServer } from '@holdfast/test-servers'
import { collect, compareStorages, createTcpProxy, sampleRecord, sampleText } from '@holdfast/testkit'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { maxValueBytes } from '../src/secret-content.ts'
import { azureStorageOf, newPrefix, scriptVault, tokensOf } from './azure-vault.ts'

let server: PrivateServer

beforeAll(async () => {
  server = await startServer('key-vault')
})
afterAll(() => server.stop())
beforeEach(() => script('allow'))

const script = (command: string) => scriptVault(server.settings, command)

const open = (options = {}) => azureStorageOf(server.settings, { prefix: newPrefix(), ...options })

const failureOf = async (work: Promise<unknown>): Promise<HoldfastError> => {
  const error: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (!HoldfastError.is(error)) throw new Error(`expected a HoldfastError, got ${String(error)}`)
  return error
}

describe('tokens', () => {
  it('that are refused stand in no error', async () => {
    const token = 'planted-bearer-0123456789'
    const error = await failureOf(
      open({ credential: { getToken: async () => ({ token, expiresOnTimestamp: Date.now() + 60_000 }) } }).retrieve(
        'a',
      ),
    )
    expect(error).toMatchObject({ code: 'UNAUTHENTICATED' })
    expect(inspect(error, { depth: 10 })).not.toContain(token)
    expect(JSON.stringify(error)).not.toContain(token)
  })
})

describe('roles', () => {
  it.each<[string, (storage: ReturnType<typeof open>) => Promise<unknown>, RegExp]>([
    ['getSecret', (storage) => storage.retrieve('a'), /Secrets User/],
    ['getSecret', (storage) => storage.exists('a'), /Secrets User/],
    ['setSecret', (storage) => storage.store('a', sampleRecord('a')), /Secrets Officer/],
    ['delete', (storage) => storage.delete('a'), /Secrets Officer/],
    ['readMetadata', (storage) => collect(storage.list()), /Secrets Officer/],
    ['readMetadata', (storage) => collect(storage.listDeleted()), /Secrets Officer/],
    ['readMetadata', (storage) => storage.history('a'), /Secrets Officer/],
    ['readMetadata', (storage) => storage.watch()[Symbol.asyncIterator]().next(), /Secrets Officer/],
    ['purge', (storage) => storage.purge('gone'), /Secrets Officer/],
    ['recover', (storage) => storage.recover('gone'), /Secrets Officer/],
  ])('without %s the error names the role', async (action, work, hint) => {
    const storage = open()
    await storage.store('a', sampleRecord('a'))
    await storage.store('gone', sampleRecord('gone'))
    await storage.delete('gone')
    await script(`deny?action=${action}`)
    const error = await failureOf(work(storage))
    expect(error.code).toBe('PERMISSION_DENIED')
    expect(error.hint).toMatch(hint)
  })

  it('who may not look at deleted secrets can delete all the same', async () => {
    const storage = open()
    await storage.store('a', sampleRecord('a'))
    await script('deny?action=readMetadata')
    expect(await storage.delete('a')).toEqual({ deleted: true })
  })
})

describe('limits of the vault', () => {
  it('throttling tells how long to wait, and a layer that waits gets through', async () => {
    const storage = open()
    await storage.store('a', sampleRecord('a'))
    await script('throttle?times=1&retryAfter=3')
    expect(await failureOf(storage.retrieve('a'))).toMatchObject({ code: 'RATE_LIMITED', retryAfterMs: 3000 })
    await script('throttle?times=2&retryAfter=0')
    const layered = standard({ retry: { retries: 3, baseDelayMs: 1 } }).layer(credentialStorageOperations)(storage)
    expect(sampleText((await layered.retrieve('a')).value)).toBe('a')
  })

  it('25 KB: one byte below, exactly, and one above', async () => {
    const storage = open()
    for (const length of [maxValueBytes - 1, maxValueBytes]) {
      await storage.store('large', sampleRecord('large', { encoding: 'bytes', value: new Uint8Array(length).fill(7) }))
      expect((await storage.retrieve('large')).value).toHaveLength(length)
    }
    const above = sampleRecord('large', { encoding: 'bytes', value: new Uint8Array(maxValueBytes + 1) })
    expect(await failureOf(storage.store('large', above))).toMatchObject({ reason: 'LIMIT_EXCEEDED' })
  })

  it('lists over three pages', async () => {
    const storage = open()
    const ids = Array.from({ length: 60 }, (_, index) => `page/${index}`)
    await Promise.all(ids.map((id) => storage.store(id, sampleRecord(id))))
    expect((await collect(storage.list())).map(({ id }) => id).sort()).toEqual(ids.sort())
  })
})

describe('secrets of somebody else', () => {
  it('are listed by name, and cannot be read as credentials', async () => {
    const storage = azureStorageOf(server.settings)
    const granted = await tokensOf(server.settings).getToken([])
    await new Promise<void>((resolve, reject) => {
      const put = request(
        `${server.settings.AZURE_KEY_VAULT_URL}/secrets/foreign?api-version=7.6`,
        {
          method: 'PUT',
          ca: readFileSync(server.settings.KEY_VAULT_CA ?? '', 'utf8'),
          headers: { authorization: `Bearer ${granted?.token}`, 'content-type': 'application/json' },
        },
        (response) => response.resume().on('end', () => resolve()),
      )
      put.on('error', reject)
      put.end(JSON.stringify({ value: 'planted-foreign' }))
    })
    expect(await storage.exists('foreign')).toBe(true)
    expect((await collect(storage.list())).find(({ id }) => id === 'foreign')).toEqual({ id: 'foreign' })
    const error = await failureOf(storage.retrieve('foreign'))
    expect(error).toMatchObject({ code: 'DATA_LOSS', reason: 'UNREADABLE' })
    expect(inspect(error)).not.toContain('planted-foreign')
  })
})

describe('the network', () => {
  it('an authority that nobody knows is told, and is not worth a retry', async () => {
    const storage = open({ caFile: new URL('../package.json', import.meta.url).pathname })
    const error = await failureOf(storage.retrieve('a'))
    expect(error).toMatchObject({ code: 'UNAVAILABLE', retryable: false })
    expect(error.hint).toContain('caFile')
  })

  it('a vault that is down is a verdict, not a wait', async () => {
    const own = await startServer('key-vault')
    const storage = azureStorageOf(own.settings, { prefix: newPrefix(), credential: tokensOf(own.settings) })
    await storage.store('a', sampleRecord('a'))
    await own.kill()
    expect(await storage.health()).toMatchObject({ status: 'down', reason: expect.stringContaining('vault') })
    expect(await failureOf(storage.retrieve('a'))).toMatchObject({ code: 'UNAVAILABLE', retryable: true })
    expect((await failureOf(storage.store('a', sampleRecord('a')))).details.outcome).toBeUndefined()
    await own.stop()
  })

  it('a vault that hangs is down for its health within two seconds, and a call can be given up', async () => {
    const own = await startServer('key-vault')
    const storage = azureStorageOf(own.settings, { prefix: newPrefix(), credential: tokensOf(own.settings) })
    await storage.store('a', sampleRecord('a'))
    await own.suspend()
    expect(await storage.health()).toMatchObject({ status: 'down', reason: expect.stringContaining('1800 ms') })
    const controller = new AbortController()
    const hanging = failureOf(storage.retrieve('a', { signal: controller.signal }))
    controller.abort()
    expect(await hanging).toMatchObject({ code: 'CANCELLED' })
    await own.stop()
  })

  it('a connection that is reset in the middle is UNAVAILABLE, and a retried read gets through', async () => {
    const proxy = await createTcpProxy({ target: server.settings.AZURE_KEY_VAULT_URL ?? '' })
    const storage = open({ vaultUrl: `https://localhost:${proxy.port}` })
    await storage.store('a', sampleRecord('a', { value: 'first' }))
    await proxy.setFault({ kind: 'cut', afterBytes: 0 })
    expect(await failureOf(storage.retrieve('a'))).toMatchObject({ code: 'UNAVAILABLE' })
    // The next connection breaks at its first answer, every later one passes.
    await proxy.script([{ kind: 'cut', afterBytes: 0 }])
    const layered = standard({ retry: { retries: 3, baseDelayMs: 1 } }).layer(credentialStorageOperations)(storage)
    expect(sampleText((await layered.retrieve('a')).value)).toBe('first')
    await proxy.close()
  })
})

it('answers 2,000 random operations as a memory storage does', async () => {
  const outcomes = await compareStorages({
    reference: createMemoryStorage({ without: ['compareAndSet'], keepVersions: 1000 }),
    subject: open({ settleTimeoutMs: 10_000 }),
    seed: 20_261_121,
    purgesDeleted: true,
    history: 'current',
  })
  expect(outcomes['store: done']).toBeGreaterThan(100)
}, 300_000)
