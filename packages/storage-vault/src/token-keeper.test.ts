import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Counter, Metrics } from '@holdfast/contracts'
import { createFakeClock } from '@holdfast/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { z } from 'zod'
import { createAuthMethod } from './auth-method.ts'
import type { vaultAuthSchema } from './options.ts'
import { createTokenKeeper } from './token-keeper.ts'
import { refusalOf } from './vault-refusal.ts'
import type { VaultAnswer, VaultRequest } from './vault-transport.ts'

type Auth = z.output<typeof vaultAuthSchema>

const approle: Auth = { method: 'approle', roleId: 'role', secretId: 'planted-secret-id', mount: 'approle' }
const given: Auth = { method: 'token', token: 'planted-token' }
const minutes = 60_000
const hours = 60 * minutes

const answer = (body: unknown): VaultAnswer => ({ status: 200, headers: {}, body })
const refuse = (status: number, problem: string): never => {
  throw refusalOf({ status, headers: {} }, [problem], 0)
}

/** A server that only knows tokens: how long they live, and for how long at most. */
const createServer = (
  clock: ReturnType<typeof createFakeClock>,
  { ttlMs = 2 * hours, maxTtlMs = 100 * hours } = {},
) => {
  const tokens = new Map<string, { bornAtMs: number; endsAtMs: number; isRenewable: boolean }>()
  const asked: string[] = []
  const failures: (() => never)[] = []
  let logins = 0
  const issue = (text: string, isRenewable = true): void => {
    const now = clock.monotonicNow()
    tokens.set(text, { bornAtMs: now, endsAtMs: now + ttlMs, isRenewable })
  }
  const leftSeconds = (text: string): number =>
    Math.floor(((tokens.get(text)?.endsAtMs ?? 0) - clock.monotonicNow()) / 1000)
  const ask = async ({ path, token }: VaultRequest): Promise<VaultAnswer> => {
    const operation = path.split('/').at(-1) ?? ''
    asked.push(operation)
    await Promise.resolve()
    failures.shift()?.()
    if (operation === 'login') {
      logins += 1
      issue(`planted-login-${logins}`)
      return answer({
        auth: { client_token: `planted-login-${logins}`, lease_duration: ttlMs / 1000, renewable: true },
      })
    }
    const text = token?.reveal() ?? ''
    const known = tokens.get(text)
    if (known === undefined || known.endsAtMs <= clock.monotonicNow()) return refuse(403, 'permission denied')
    if (operation === 'revoke-self') tokens.delete(text)
    if (operation === 'renew-self') {
      known.endsAtMs = Math.min(clock.monotonicNow() + ttlMs, known.bornAtMs + maxTtlMs)
      return answer({ auth: { client_token: text, lease_duration: leftSeconds(text), renewable: true } })
    }
    return answer({ data: { ttl: leftSeconds(text), renewable: known.isRenewable } })
  }
  return { ask, asked, failures, issue, tokens, logins: () => logins }
}

const setUp = (auth: Auth, life: { ttlMs?: number; maxTtlMs?: number } = {}, renews = true) => {
  const clock = createFakeClock()
  const server = createServer(clock, life)
  const lines: string[] = []
  const counts: Record<string, number> = {}
  const log = (fields: Readonly<Record<string, unknown>>, message: string): void =>
    void lines.push(`${String(fields.event)} ${JSON.stringify(fields)} ${message}`)
  const metrics = {
    counter: ({ name }: { name: string }) => ({
      bind: ({ outcome = '' }: { outcome?: string }): Counter => ({
        add: () => {
          counts[`${name} ${outcome}`] = (counts[`${name} ${outcome}`] ?? 0) + 1
        },
      }),
      unbind() {},
    }),
  }
  const keeper = createTokenKeeper({
    transport: { ask: server.ask, close() {} },
    auth: createAuthMethod(auth),
    clock,
    logger: { debug: log, info: log, warn: log, error: log },
    // Only counters are asked for.
    metrics: metrics as unknown as Metrics,
    renewal: renews ? { checkIntervalMs: 5 * minutes, renewBelowMs: hours } : undefined,
  })
  return { clock, server, keeper, lines, counts, events: () => lines.map((line) => line.split(' ')[0]) }
}

describe('a token that was given', () => {
  it('is looked at soon, then every five minutes, and renewed when less than an hour of it is left', async () => {
    const { clock, server, counts, events } = setUp(given)
    server.issue('planted-token')
    await clock.advanceAsync(1000)
    expect(server.asked).toEqual(['lookup-self'])
    await clock.advanceAsync(55 * minutes)
    expect(server.asked.length).toBe(1 + 11)
    expect(server.asked).not.toContain('renew-self')
    await clock.advanceAsync(10 * minutes)
    expect(server.asked).toContain('renew-self')
    expect(events()).toEqual(['token.renewed'])
    expect(counts).toEqual({ 'holdfast_vault_token_renewals_total succeeded': 1 })
    await clock.advanceAsync(24 * hours)
    expect(server.tokens.get('planted-token')?.endsAtMs).toBeGreaterThan(clock.monotonicNow() + 50 * minutes)
  })

  it('with little life left is looked at before half of that is over', async () => {
    const { clock, server } = setUp(given, { ttlMs: 30_000 })
    server.issue('planted-token')
    await clock.advanceAsync(10 * minutes)
    expect(server.tokens.get('planted-token')?.endsAtMs).toBeGreaterThan(clock.monotonicNow())
  })

  it('that does not expire, or has long to live, is never renewed', async () => {
    const { clock, server } = setUp(given, { ttlMs: 1000 * hours, maxTtlMs: 1000 * hours })
    server.issue('planted-token')
    await clock.advanceAsync(24 * hours)
    expect(new Set(server.asked)).toEqual(new Set(['lookup-self']))
  })

  it('that cannot be renewed any further is warned about, and sent until the server refuses it', async () => {
    const { clock, server, keeper, events } = setUp(given, { ttlMs: 10 * minutes, maxTtlMs: 10 * minutes })
    server.issue('planted-token')
    await keeper.acquire('store')
    await clock.advanceAsync(20 * minutes)
    expect(events()).toContain('token.expiring')
    expect(events()).toContain('token.look-failed')
    const held = keeper.held()
    expect(held).toBeDefined()
    expect(held && (await keeper.judge(held, 'store'))).toBe('invalid')
  })

  it('whose renewal fails is counted, logged and tried again', async () => {
    const { clock, server, counts, events } = setUp(given, { ttlMs: 40 * minutes })
    server.issue('planted-token')
    server.failures.push(
      () => undefined as never,
      () => refuse(500, 'internal error'),
    )
    await clock.advanceAsync(1000)
    expect([counts, events()]).toEqual([
      { 'holdfast_vault_token_renewals_total failed': 1 },
      ['token.renewal-failed', 'token.expiring'],
    ])
    await clock.advanceAsync(5 * minutes)
    expect(counts['holdfast_vault_token_renewals_total succeeded']).toBe(1)
  })
})

describe('an AppRole', () => {
  it('logs in once for many callers, when somebody asks', async () => {
    const { clock, server, keeper, counts } = setUp(approle)
    await clock.advanceAsync(hours)
    expect(server.asked).toEqual([])
    const tokens = await Promise.all([1, 2, 3].map(() => keeper.acquire('retrieve')))
    expect([server.logins(), new Set(tokens).size]).toEqual([1, 1])
    expect(counts).toEqual({ 'holdfast_vault_logins_total succeeded': 1 })
    expect(keeper.held()).toBe(tokens[0])
  })

  it('logs in again before its token reaches the longest life it can have', async () => {
    const { clock, server, keeper } = setUp(approle, { ttlMs: 20 * minutes, maxTtlMs: 30 * minutes })
    await keeper.acquire('retrieve')
    for (let step = 0; step < 60; step++) {
      await clock.advanceAsync(minutes)
      const held = keeper.held()
      expect(server.tokens.get(held?.secret.reveal() ?? '')?.endsAtMs).toBeGreaterThan(clock.monotonicNow())
    }
    expect(server.logins()).toBeGreaterThan(1)
  })

  it('logs in again when its token has expired, and nothing could be done in time', async () => {
    const { clock, server, keeper } = setUp(approle, { ttlMs: 10 * minutes }, false)
    await keeper.acquire('retrieve')
    await clock.advanceAsync(11 * minutes)
    expect(keeper.held()).toBeUndefined()
    const token = await keeper.acquire('retrieve')
    expect([server.logins(), keeper.held()]).toEqual([2, token])
  })

  it('logs in again when its token was revoked, once for all who were refused', async () => {
    const { server, keeper } = setUp(approle)
    const token = await keeper.acquire('retrieve')
    server.tokens.clear()
    const verdicts = await Promise.all([1, 2, 3].map(() => keeper.judge(token, 'retrieve')))
    expect([verdicts, server.logins()]).toEqual([['replaced', 'replaced', 'replaced'], 2])
    expect(await keeper.judge(token, 'retrieve')).toBe('replaced')
  })

  it('does not flood the server with log-ins that are refused', async () => {
    const { clock, server, keeper, counts, lines } = setUp(approle)
    const refuseLogin = (): never => refuse(400, 'invalid role or secret ID')
    server.failures.push(refuseLogin, refuseLogin)
    const outcomes = []
    for (let call = 0; call < 50; call++) outcomes.push(await keeper.acquire('retrieve').catch((error) => error.code))
    expect([new Set(outcomes), server.asked.length]).toEqual([new Set(['UNAUTHENTICATED']), 1])
    await clock.advanceAsync(1000)
    await expect(keeper.acquire('retrieve')).rejects.toMatchObject({
      code: 'UNAUTHENTICATED',
      operation: 'retrieve',
      hint: expect.stringContaining('secret id'),
    })
    await clock.advanceAsync(1000)
    await keeper.acquire('retrieve')
    expect(counts).toMatchObject({
      'holdfast_vault_logins_total failed': 2,
      'holdfast_vault_logins_total succeeded': 1,
    })
    expect(lines.join('\n')).not.toContain('planted-')
  })

  it('is tried again at once when the server could not be reached', async () => {
    const { server, keeper } = setUp(approle)
    server.failures.push(() => {
      throw Object.assign(new Error('connect'), { code: 'ECONNREFUSED' })
    })
    await expect(keeper.acquire('retrieve')).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    await keeper.acquire('retrieve')
    expect(server.logins()).toBe(1)
  })
})

describe('a 403', () => {
  it('of a token that is valid means that it may not do this', async () => {
    const { server, keeper } = setUp(given)
    server.issue('planted-token')
    expect(await keeper.judge(await keeper.acquire('retrieve'), 'retrieve')).toBe('denied')
  })

  it('of a token that may not look itself up means the same, by the way it is refused', async () => {
    const { server, keeper } = setUp(given)
    const token = await keeper.acquire('retrieve')
    server.failures.push(() => refuse(403, '1 error occurred:\n\t* permission denied\n\n'))
    expect(await keeper.judge(token, 'retrieve')).toBe('denied')
    // Vault from 1.15 on says it of an unknown token.
    server.failures.push(() => refuse(403, '2 errors occurred:\n\t* permission denied\n\t* invalid token\n\n'))
    expect(await keeper.judge(token, 'retrieve')).toBe('invalid')
  })
})

describe('a file', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'holdfast-vault-'))
  })
  afterEach(() => rm(folder, { recursive: true }))

  it('is read again when its token is refused', async () => {
    const tokenFile = join(folder, 'token')
    await writeFile(tokenFile, 'planted-first\n')
    const { server, keeper } = setUp({ method: 'token-file', tokenFile })
    const first = await keeper.acquire('retrieve')
    expect(first.secret.reveal()).toBe('planted-first')
    server.tokens.clear()
    expect(await keeper.judge(first, 'retrieve')).toBe('invalid')
    await writeFile(tokenFile, 'planted-second')
    server.issue('planted-second')
    const again = keeper.held()
    expect(again && (await keeper.judge(again, 'retrieve'))).toBe('replaced')
    expect(keeper.held()?.secret.reveal()).toBe('planted-second')
  })

  it.each([
    ['is missing', undefined],
    ['is empty', ''],
    ['holds something else', 'two words'],
  ])('that %s is UNAUTHENTICATED, and told without its content', async (_, content) => {
    const secretIdFile = join(folder, 'secret-id')
    if (content !== undefined) await writeFile(secretIdFile, content)
    const { keeper } = setUp({ method: 'approle', roleId: 'role', secretIdFile, mount: 'approle' })
    const error = await keeper.acquire('store').catch((thrown) => thrown)
    expect(error).toMatchObject({ code: 'UNAUTHENTICATED', message: expect.stringContaining(secretIdFile) })
    expect(error.message).not.toContain('two words')
  })

  it('holds what a service account or an AppRole logs in with', async () => {
    const tokenFile = join(folder, 'jwt')
    await writeFile(tokenFile, 'planted-jwt\n')
    const kubernetes = createAuthMethod({ method: 'kubernetes', role: 'app', tokenFile, mount: 'k8s' })
    expect(await kubernetes.acquire()).toEqual({ mount: 'k8s', body: '{"role":"app","jwt":"planted-jwt"}' })
    const role = createAuthMethod({ method: 'approle', roleId: 'role', secretIdFile: tokenFile, mount: 'approle' })
    expect(await role.acquire()).toEqual({ mount: 'approle', body: '{"role_id":"role","secret_id":"planted-jwt"}' })
    const without = createAuthMethod({ method: 'approle', roleId: 'role', mount: 'approle' })
    expect(await without.acquire()).toEqual({ mount: 'approle', body: '{"role_id":"role"}' })
  })
})

describe('the end', () => {
  it('takes back the timer, and ends the token that was logged in for', async () => {
    const { clock, server, keeper } = setUp(approle)
    await keeper.acquire('retrieve')
    expect(clock.pendingTimers).toBe(1)
    await keeper.stop(new AbortController().signal)
    expect([clock.pendingTimers, server.asked.at(-1), server.tokens.size]).toEqual([0, 'revoke-self', 0])
  })

  it('leaves a given token alone, and any token when there is no time', async () => {
    const one = setUp(given)
    one.server.issue('planted-token')
    await one.keeper.acquire('retrieve')
    await one.keeper.stop(new AbortController().signal)
    const two = setUp(approle)
    await two.keeper.acquire('retrieve')
    await two.keeper.stop(AbortSignal.abort())
    expect([one.server.asked, two.server.asked]).toEqual([[], ['login']])
    expect([one.clock.pendingTimers, two.clock.pendingTimers]).toEqual([0, 0])
  })

  it('does not wait long for a server that hangs, and ends a token that comes late', async () => {
    const { clock, server, keeper } = setUp(approle)
    const late = keeper.acquire('retrieve')
    await keeper.stop(new AbortController().signal)
    await late
    expect(server.asked).toEqual(['login', 'revoke-self'])
    expect(clock.pendingTimers).toBe(0)
  })
})

it('a request about tokens that hangs is given up', async () => {
  const clock = createFakeClock()
  const keeper = createTokenKeeper({
    transport: {
      ask: ({ signals }) =>
        new Promise((_, reject) => {
          for (const signal of signals) signal.addEventListener('abort', () => reject(signal.reason))
        }),
      close() {},
    },
    auth: createAuthMethod(approle),
    clock,
    logger: { debug() {}, info() {}, warn() {}, error() {} },
  })
  const outcome = keeper.acquire('retrieve').catch((error) => error.code)
  await clock.advanceAsync(10_000)
  expect([await outcome, clock.pendingTimers]).toEqual(['TIMEOUT', 0])
})
