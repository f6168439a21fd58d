import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Logger } from '@holdfast/contracts'
import { describeWithServer } from '@holdfast/test-servers'
import { createHttpProxy, sampleRecord, within } from '@holdfast/testkit'
import { afterEach, describe, expect, it } from 'vitest'
import { createVaultStorage, type VaultStorage, type VaultStorageOptions } from '../src/index.ts'
import { arrange, ask, createToken, uniqueName } from './kv-mount.ts'

const patienceMs = 30_000

/** A logger whose events can be waited for. */
const createEvents = () => {
  const seen: string[] = []
  const waiting = new Set<() => void>()
  const log = (fields: Readonly<Record<string, unknown>>): void => {
    seen.push(String(fields.event))
    for (const look of waiting) look()
  }
  const logger: Logger = { debug: log, info: log, warn: log, error: log }
  const until = (event: string, times = 1): Promise<void> =>
    within(
      new Promise((resolve) => {
        const look = (): void => {
          if (seen.filter((name) => name === event).length < times) return
          waiting.delete(look)
          resolve()
        }
        waiting.add(look)
        look()
      }),
      patienceMs,
      `${event} after ${seen.join(', ')}`,
    )
  return { logger, until, seen }
}

describeWithServer('openbao', (server) => {
  const { VAULT_ADDR = '' } = server.settings
  const policy = 'path "secret/*" { capabilities = ["create", "read", "update", "delete", "list"] }'
  const opened: VaultStorage[] = []
  const connect = (options: VaultStorageOptions): VaultStorage => {
    const storage = createVaultStorage({ address: VAULT_ADDR, prefix: uniqueName('tokens'), ...options })
    opened.push(storage)
    return storage
  }
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((storage) => storage.close({ deadlineMs: 0 })))
  })
  const lookUp = async (token: string) => (await ask(server, 'POST', 'auth/token/lookup', { token })).body.data

  it('a token that lives for four seconds is kept alive', async () => {
    const token = await createToken(server, policy, { ttl: '4s', period: '4s' })
    const { issue_time: issued } = Object(await lookUp(token))
    const events = createEvents()
    const storage = connect({
      auth: { method: 'token', token },
      logger: events.logger,
      renewal: { checkIntervalMs: 600, renewBelowMs: 4000 },
    })
    // Eight renewals come after the four seconds it was given.
    await events.until('token.renewed', 8)
    expect(Date.parse(Object(await lookUp(token)).expire_time)).toBeGreaterThan(Date.parse(issued) + 4000)
    expect(await storage.exists('a')).toBe(false)
    expect(events.seen).not.toContain('token.renewal-failed')
  })

  it('a token that cannot be renewed any further is warned about', async () => {
    const token = await createToken(server, policy, { ttl: '20s', renewable: false })
    const events = createEvents()
    connect({ auth: { method: 'token', token }, logger: events.logger, renewal: { checkIntervalMs: 50 } })
    await events.until('token.expiring')
  })

  describe('an AppRole', () => {
    const createRole = async (options: Readonly<Record<string, unknown>> = {}) => {
      const mount = uniqueName('approle')
      const name = uniqueName('policy')
      await arrange(server, 'PUT', `sys/policies/acl/${name}`, { policy })
      await arrange(server, 'POST', `sys/auth/${mount}`, { type: 'approle' })
      await arrange(server, 'POST', `auth/${mount}/role/app`, { token_policies: [name], ...options })
      const read = async (method: string, path: string, field: string): Promise<string> =>
        String(Reflect.get(Object((await arrange(server, method, `auth/${mount}/role/app/${path}`)).data), field))
      return {
        mount,
        roleId: await read('GET', 'role-id', 'role_id'),
        secretId: await read('POST', 'secret-id', 'secret_id'),
      }
    }

    it('logs in when it is needed, again when its token is revoked, and ends it when it closes', async () => {
      const role = await createRole({ token_ttl: '20m' })
      await using proxy = await createHttpProxy({ target: VAULT_ADDR })
      const storage = connect({ address: proxy.url, auth: { method: 'approle', ...role } })
      const tokens = () => [...new Set(proxy.requests.map(({ headers }) => headers['x-vault-token']))].map(String)
      await Promise.all([1, 2, 3].map((n) => storage.store(`a/${n}`, sampleRecord(`a/${n}`))))
      const logins = () => proxy.requests.filter(({ path }) => path.endsWith('/login')).length
      expect([logins(), tokens().length]).toEqual([1, 2])
      const [, first = ''] = tokens()
      await arrange(server, 'POST', 'auth/token/revoke', { token: first })
      expect(await Promise.all([1, 2, 3].map((n) => storage.exists(`a/${n}`)))).toEqual([true, true, true])
      expect(logins()).toBe(2)
      const second = tokens().at(-1) ?? ''
      await storage.store('a/1', sampleRecord('a/1'))
      await storage.close()
      expect((await ask(server, 'POST', 'auth/token/lookup', { token: second })).status).toBe(403)
    })

    it('whose token expires is logged in for again without anybody noticing', async () => {
      const role = await createRole({ token_ttl: '1s', token_max_ttl: '2s' })
      const events = createEvents()
      const storage = connect({ auth: { method: 'approle', ...role }, logger: events.logger })
      while (events.seen.filter((event) => event === 'login.succeeded').length < 3) {
        await storage.store('a', sampleRecord('a'))
      }
      expect(events.seen).not.toContain('login.failed')
    })

    it('with a wrong secret id, or none that is left, is UNAUTHENTICATED and says what to do', async () => {
      const role = await createRole({ secret_id_num_uses: 1 })
      const used = connect({ auth: { method: 'approle', ...role } })
      await used.exists('a')
      for (const auth of [{ ...role }, { ...role, secretId: 'planted-wrong' }, { ...role, mount: 'no-approle' }]) {
        const storage = connect({ auth: { method: 'approle', ...auth } })
        const error = await storage.retrieve('a').catch((thrown) => thrown)
        expect(error).toMatchObject({ code: 'UNAUTHENTICATED', operation: 'retrieve', retryable: false })
        expect(error.hint).toMatch(/secret id|mount/)
        expect(JSON.stringify(error)).not.toContain(auth.secretId)
        expect((await storage.health()).status).toBe('down')
      }
    })
  })

  it('a token that something else keeps in a file is read again when it is refused', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'holdfast-vault-'))
    const tokenFile = join(folder, 'token')
    const first = await createToken(server, policy)
    await writeFile(tokenFile, `${first}\n`)
    const storage = connect({ auth: { method: 'token-file', tokenFile } })
    await storage.store('a', sampleRecord('a'))
    await writeFile(tokenFile, await createToken(server, policy))
    await arrange(server, 'POST', 'auth/token/revoke', { token: first })
    expect(await storage.exists('a')).toBe(true)
    await rm(folder, { recursive: true })
  })

  it('a process that forgets to close its storage ends all the same, although its token is looked after', async () => {
    const token = await createToken(server, policy, { ttl: '2h', period: '2h' })
    const env = { ...process.env, VAULT_ADDR, VAULT_TOKEN: token }
    const script = join(import.meta.dirname, 'forgetful-process.ts')
    const parameters = [script, uniqueName('forgetful')]
    // Killed when it takes too long, which rejects.
    const { stdout } = await promisify(execFile)(process.execPath, parameters, { env, timeout: patienceMs })
    expect(stdout).toBe('stored')
  })

  it('closing ends what looks after the token within its deadline, also when the server hangs', async () => {
    await using proxy = await createHttpProxy({ target: VAULT_ADDR })
    const token = await createToken(server, policy, { ttl: '20s', period: '20s' })
    const events = createEvents()
    const storage = connect({
      address: proxy.url,
      auth: { method: 'token', token },
      logger: events.logger,
      renewal: { checkIntervalMs: 20 },
    })
    await events.until('token.renewed', 2)
    proxy.setFault({ kind: 'hang' })
    const count = proxy.count
    await proxy.until(() => proxy.count > count)
    await within(storage.close({ deadlineMs: 100 }), patienceMs, 'close')
    const asked = proxy.count
    await expect(storage.exists('a')).rejects.toMatchObject({ code: 'CLOSED' })
    expect(proxy.count).toBe(asked)
  })
})
