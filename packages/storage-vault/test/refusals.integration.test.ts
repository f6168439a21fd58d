import { HoldfastError } from '@holdfast/contracts'
import { describeWithServer } from '@holdfast/test-servers'
import { collect, createSecretScanner, sampleRecord } from '@holdfast/testkit'
import { afterEach, describe, expect, it } from 'vitest'
import { createVaultStorage, type VaultStorage, type VaultStorageOptions } from '../src/index.ts'
import { arrange, ask, createToken, uniqueName } from './kv-mount.ts'

const errorOf = async (call: Promise<unknown>): Promise<HoldfastError> => {
  const thrown: unknown = await call.then(
    () => new Error('it did not reject'),
    (error: unknown) => error,
  )
  if (!HoldfastError.is(thrown)) throw thrown
  return thrown
}

const allCalls = (storage: VaultStorage): readonly (() => Promise<unknown>)[] => [
  () => storage.retrieve('a'),
  () => storage.exists('a'),
  () => storage.store('a', sampleRecord('a')),
  () => storage.delete('a'),
  () => storage.history('a'),
  () => collect(storage.list()),
]

describeWithServer('openbao', (server) => {
  const { VAULT_ADDR = '', VAULT_TOKEN = '' } = server.settings
  const opened: VaultStorage[] = []
  const connect = (options: VaultStorageOptions): VaultStorage => {
    const storage = createVaultStorage({
      address: VAULT_ADDR,
      auth: { method: 'token', token: VAULT_TOKEN },
      ...options,
    })
    opened.push(storage)
    return storage
  }
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((storage) => storage.close({ deadlineMs: 0 })))
  })

  describe('what a policy does not allow', () => {
    // Everything the README asks for, and who needs it.
    const rules = {
      data: ['create', 'update', 'read'],
      metadata: ['create', 'update', 'read', 'list', 'delete'],
      delete: ['update'],
      undelete: ['update'],
    } as const
    const policyWithout = (prefix: string, part: keyof typeof rules, capability: string): string =>
      Object.entries(rules)
        .map(([name, capabilities]) => {
          const left = capabilities.filter((other) => name !== part || other !== capability)
          const list = JSON.stringify(left.length === 0 ? ['deny'] : left)
          return ['*', ''].map((end) => `path "secret/${name}/${prefix}/${end}" { capabilities = ${list} }`).join('\n')
        })
        .join('\n')
    const limited = async (part: keyof typeof rules, capability: string, options: VaultStorageOptions = {}) => {
      const prefix = uniqueName('denied')
      const sound = connect({ prefix, ...options })
      const token = await createToken(server, policyWithout(prefix, part, capability))
      return { prefix, sound, storage: connect({ prefix, auth: { method: 'token', token }, ...options }) }
    }

    it.each<
      readonly [keyof typeof rules, string, string, (storage: VaultStorage, version: string) => Promise<unknown>]
    >([
      ['data', 'create', 'store', (storage) => storage.store('db/new', sampleRecord('db/new'))],
      ['data', 'update', 'store', (storage) => storage.store('db/main', sampleRecord('db/main'))],
      ['data', 'read', 'retrieve', (storage) => storage.retrieve('db/main')],
      ['data', 'read', 'exists', (storage) => storage.exists('db/main')],
      ['data', 'read', 'list', (storage) => collect(storage.list())],
      ['metadata', 'read', 'history', (storage) => storage.history('db/main')],
      ['metadata', 'read', 'delete', (storage) => storage.delete('db/main')],
      [
        'metadata',
        'read',
        'store',
        (storage, version) => storage.store('db/main', sampleRecord('db/main'), { ifVersion: version }),
      ],
      ['metadata', 'list', 'list', (storage) => collect(storage.list({ include: 'id' }))],
      ['metadata', 'delete', 'delete', (storage) => storage.delete('db/main')],
      ['metadata', 'list', 'watch', (storage) => storage.watch()[Symbol.asyncIterator]().next()],
    ])('%s without %s: %s is PERMISSION_DENIED and says what to add', async (part, capability, operation, call) => {
      const { prefix, sound, storage } = await limited(part, capability)
      const { version } = await sound.store('db/main', sampleRecord('db/main'))
      const error = await errorOf(call(storage, version))
      expect([error.code, error.operation, error.retryable]).toEqual(['PERMISSION_DENIED', operation, false])
      expect(error.message).toContain(`secret/${part}/${prefix}`)
      expect(error.hint).toContain(`"${capability}"`)
      expect(error.details.capabilities).toContain(capability)
      expect(await sound.exists('db/main')).toBe(true)
    })

    it.each<readonly [keyof typeof rules, (storage: VaultStorage) => Promise<unknown>]>([
      ['delete', (storage) => storage.delete('db/main')],
      ['undelete', (storage) => storage.recover('db/gone')],
    ])('%s: softly deleting and recovering need it', async (part, call) => {
      const { sound, storage } = await limited(part, 'update', { softDelete: true })
      for (const id of ['db/main', 'db/gone']) await sound.store(id, sampleRecord(id))
      await sound.delete('db/gone')
      expect(await errorOf(call(storage))).toMatchObject({
        code: 'PERMISSION_DENIED',
        details: { capabilities: ['update'] },
      })
    })

    it('tags that may not be shown are in the record all the same', async () => {
      const { storage } = await limited('metadata', 'create')
      await storage.store('db/main', sampleRecord('db/main', { tags: { env: 'prod' } }))
      expect((await storage.retrieve('db/main')).metadata.tags).toEqual({ env: 'prod' })
    })
  })

  describe('a token', () => {
    it.each<readonly [string, () => Promise<string>]>([
      ['that never was', async () => `planted-${uniqueName('token')}`],
      [
        'that was revoked',
        async () => {
          const token = await createToken(server, 'path "secret/*" { capabilities = ["read"] }')
          await arrange(server, 'POST', 'auth/token/revoke', { token })
          return token
        },
      ],
    ])('%s is UNAUTHENTICATED, in every method and in health', async (_, make) => {
      const token = await make()
      const storage = connect({ prefix: uniqueName('token'), auth: { method: 'token', token } })
      for (const call of allCalls(storage)) {
        const error = await errorOf(call())
        expect([error.code, error.retryable]).toEqual(['UNAUTHENTICATED', false])
        expect(error.hint).toContain('give a new one')
      }
      expect(await storage.health()).toMatchObject({ status: 'down', reason: 'The server does not accept the token.' })
    })

    it('without the default policy is told apart from one that is unknown', async () => {
      const token = await createToken(server, 'path "secret/data/nowhere/*" { capabilities = ["read"] }', {
        no_default_policy: true,
      })
      const storage = connect({ prefix: uniqueName('token'), auth: { method: 'token', token } })
      expect((await errorOf(storage.retrieve('a'))).code).toBe('PERMISSION_DENIED')
    })
  })

  describe('what is mounted', () => {
    it('nothing: is UNAVAILABLE and not retried, and never taken for a missing credential', async () => {
      const storage = connect({ mount: uniqueName('nothing') })
      for (const call of allCalls(storage)) {
        expect(await errorOf(call())).toMatchObject({ code: 'UNAVAILABLE', retryable: false })
      }
      expect(await storage.health()).toMatchObject({ status: 'down' })
    })

    it('KV version 1: is UNSUPPORTED and says how to upgrade it', async () => {
      const mount = uniqueName('kv1')
      await arrange(server, 'POST', `sys/mounts/${mount}`, { type: 'kv', options: { version: '1' } })
      const storage = connect({ mount })
      const error = await errorOf(storage.store('a', sampleRecord('a')))
      expect([error.code, error.hint]).toEqual(['UNSUPPORTED', expect.stringContaining('enable-versioning')])
      expect((await errorOf(storage.retrieve('a'))).code).toBe('UNSUPPORTED')
      expect(await storage.health()).toMatchObject({
        status: 'down',
        reason: `What is mounted at ${mount} is no engine of KV version 2.`,
      })
    })

    it('a mount with slashes, and one at which every write must name a version', async () => {
      const mount = `${uniqueName('deep')}/kv.v2`
      await arrange(server, 'POST', `sys/mounts/${mount}`, { type: 'kv', options: { version: '2' } })
      await arrange(server, 'POST', `${mount}/config`, { cas_required: true })
      const storage = connect({ mount, prefix: 'app' })
      await storage.store('a', sampleRecord('a', { value: '1' }))
      const { version } = await storage.store('a', sampleRecord('a', { value: '2' }))
      expect((await storage.retrieve('a')).version).toBe(version)
      await Promise.all([1, 2, 3, 4, 5].map((n) => storage.store('a', sampleRecord('a', { value: `${n}` }))))
      expect(await storage.history('a')).toHaveLength(7)
      expect(await storage.delete('a')).toEqual({ deleted: true })
      expect(await storage.health()).toMatchObject({ status: 'up', details: { version: server.version } })
    })
  })

  describe('a namespace', () => {
    it('holds its own credentials, and is UNAVAILABLE when it is deleted', async () => {
      const namespace = uniqueName('team')
      const header = { 'X-Vault-Namespace': namespace }
      await arrange(server, 'POST', `sys/namespaces/${namespace}`, {})
      await arrange(server, 'POST', 'sys/mounts/secret', { type: 'kv', options: { version: '2' } }, header)
      const prefix = uniqueName('namespaced')
      const storage = connect({ namespace, prefix })
      await storage.store('a', sampleRecord('a'))
      expect([await storage.exists('a'), await connect({ prefix }).exists('a')]).toEqual([true, false])
      expect(storage.name).toContain(namespace)
      const variables = { VAULT_ADDR, VAULT_TOKEN, VAULT_NAMESPACE: namespace, VAULT_KV_PREFIX: prefix }
      const byVariables = createVaultStorage({ environment: variables })
      opened.push(byVariables)
      expect([await byVariables.exists('a'), byVariables.name]).toEqual([true, storage.name])
      expect(await storage.health()).toMatchObject({ status: 'up' })
      await arrange(server, 'DELETE', `sys/namespaces/${namespace}`)
      const deadline = Date.now() + 20_000
      // Namespaces are deleted in the background.
      while ((await ask(server, 'GET', 'sys/mounts', undefined, header)).status === 200 && Date.now() < deadline);
      expect(await errorOf(storage.retrieve('a'))).toMatchObject({ code: expect.stringMatching(/UNAVAILABLE|UNAUTH/) })
      expect(await storage.health()).toMatchObject({ status: 'down' })
    })
  })

  it('a quota of requests is RATE_LIMITED, with the time to wait', async () => {
    const mount = uniqueName('limited')
    await arrange(server, 'POST', `sys/mounts/${mount}`, { type: 'kv', options: { version: '2' } })
    await arrange(server, 'POST', 'sys/quotas/config', { enable_rate_limit_response_headers: true })
    await arrange(server, 'POST', `sys/quotas/rate-limit/${mount}`, { path: `${mount}/`, rate: 1, interval: '60s' })
    const storage = connect({ mount })
    await storage.exists('a')
    const error = await errorOf(Promise.all([1, 2, 3, 4].map(() => storage.exists('a'))))
    expect([error.code, error.retryable]).toEqual(['RATE_LIMITED', true])
    expect(error.retryAfterMs).toBeGreaterThan(0)
    expect(error.retryAfterMs).toBeLessThanOrEqual(60_000)
    await arrange(server, 'DELETE', `sys/quotas/rate-limit/${mount}`)
  })

  it('no error, no log line, no report and no name shows a token or a value', async () => {
    const scanner = createSecretScanner()
    const log = (...line: unknown[]): void => scanner.look('log', line)
    const logger = { debug: log, info: log, warn: log, error: log }
    const prefix = uniqueName('scanned')
    const value = scanner.plant('value')
    const record = sampleRecord('a', { value: new TextEncoder().encode(value), encoding: 'text' })
    const denied = await createToken(server, 'path "secret/data/nowhere/*" { capabilities = ["read"] }')
    scanner.watch('denied token', denied)
    const root = connect({ prefix, logger })
    await root.store('a', record)
    const storages = [
      root,
      connect({ prefix, logger, auth: { method: 'token', token: scanner.plant('unknown token') } }),
      connect({ prefix, logger, auth: { method: 'token', token: denied } }),
      connect({ mount: uniqueName('nothing'), logger }),
      connect({ prefix, logger, namespace: uniqueName('nothing') }),
      connect({ prefix, logger, auth: { method: 'approle', roleId: 'nobody', secretId: scanner.plant('secret id') } }),
      connect({
        prefix,
        logger,
        address: 'http://127.0.0.1:1',
        auth: { method: 'token', token: scanner.plant('token') },
      }),
    ]
    for (const storage of storages) {
      scanner.look('name', storage.name)
      scanner.look('health', await storage.health())
      scanner.look('store', await storage.store('a', record, { ifVersion: null }).catch((error) => error))
      scanner.look('store', await storage.store('a', record, { ifVersion: '1@no' }).catch((error) => error))
      scanner.look('list', await collect(storage.list()).catch((error) => error))
      scanner.look('history', await storage.history('a').catch((error) => error))
      scanner.look('delete', await storage.delete('a', { ifVersion: 'none' }).catch((error) => error))
    }
    scanner.assertNone()
  })
})
