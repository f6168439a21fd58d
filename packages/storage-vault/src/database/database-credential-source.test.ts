import { type Counter, HoldfastError, type Metrics, Secret } from '@holdfast/contracts'
import { createFakeClock } from '@holdfast/testkit'
import { expect, it } from 'vitest'
import { createDatabaseCredentialSource, createSource } from './database-credential-source.ts'
import type { Lease, LeaseRequests } from './lease-requests.ts'

const seconds = 1000
const minutes = 60 * seconds

const failure = (code: 'UNAVAILABLE' | 'INVALID_ARGUMENT'): HoldfastError =>
  new HoldfastError({ code, source: 'test', operation: 'renew', message: 'It failed.', hint: 'Wait.' })

/** An engine whose leases live for `ttlMs`, and with renewals for `maxTtlMs`. */
const setUp = ({ ttlMs = 10 * minutes, maxTtlMs = 30 * minutes, isRenewable = true } = {}) => {
  const clock = createFakeClock()
  const live = new Map<string, number>()
  const failures: HoldfastError[] = []
  const events: string[] = []
  const asked = { create: 0, renew: 0, revoke: 0 }
  const requests: LeaseRequests = {
    async create() {
      asked.create += 1
      await Promise.resolve()
      const thrown = failures.shift()
      if (thrown !== undefined) throw thrown
      const id = `database/creds/app/${asked.create}`
      live.set(id, clock.monotonicNow() + maxTtlMs)
      const value = new Secret({ username: `user-${asked.create}`, password: 'planted-password' })
      return { id, value, isRenewable, leftMs: ttlMs } satisfies Lease
    },
    async renew({ id }) {
      asked.renew += 1
      const thrown = failures.shift()
      if (thrown !== undefined) throw thrown
      return Math.min(ttlMs, (live.get(id) ?? 0) - clock.monotonicNow())
    },
    async revoke({ id }) {
      asked.revoke += 1
      live.delete(id)
    },
  }
  const log = ({ event }: Readonly<Record<string, unknown>>): void => void events.push(String(event))
  const counts: Record<string, number> = {}
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
  const source = createSource(requests, {
    clock,
    // Only counters are asked for.
    metrics: metrics as unknown as Metrics,
    logger: { debug: log, info: log, warn: log, error: log },
    role: 'app',
    release: async () => {},
  })
  const user = async (fresh = false): Promise<string> => (await source.retrieve({ fresh })).value.reveal().username
  return { clock, source, live, failures, events, asked, counts, user }
}

it('has one user made for all who ask, and keeps it', async () => {
  const { source, asked, clock } = setUp()
  const answers = await Promise.all([1, 2, 3].map(() => source.retrieve()))
  await clock.advanceAsync(minutes)
  answers.push(await source.retrieve())
  expect([asked.create, new Set(answers.map(({ version }) => version)).size]).toEqual([1, 1])
  expect(answers[0]?.value.reveal()).toEqual({ username: 'user-1', password: 'planted-password' })
  expect(answers[0]?.expiresAt).toBe('2026-01-01T00:10:00.000Z')
  expect(JSON.stringify(answers)).not.toContain('planted')
})

it('renews the lease at half of its life, and has another user made when it can be renewed no further', async () => {
  const { source, clock, asked, user, events } = setUp()
  const changes = source.watch()[Symbol.asyncIterator]()
  const change = changes.next()
  await user()
  await clock.advanceAsync(5 * minutes)
  expect([asked, await user()]).toEqual([{ create: 1, renew: 1, revoke: 0 }, 'user-1'])
  await clock.advanceAsync(40 * minutes)
  expect(await user()).not.toBe('user-1')
  expect((await change).value).toEqual({ version: expect.stringMatching(/^[\w-]{22}$/) })
  expect(events).toContain('lease.renewed')
  expect(events).not.toContain('lease.exchange-failed')
})

it('has another user made in time where leases cannot be renewed', async () => {
  const { clock, user, asked } = setUp({ isRenewable: false })
  await user()
  for (let step = 0; step < 30; step++) {
    await clock.advanceAsync(minutes)
    await user()
  }
  expect([asked.renew, asked.create]).toEqual([0, 7])
})

it('keeps the user it has while the server cannot be reached, and asks again', async () => {
  const { clock, user, failures, events, counts } = setUp()
  await user()
  failures.push(failure('UNAVAILABLE'), failure('UNAVAILABLE'))
  await clock.advanceAsync(8 * minutes)
  expect([await user(), events.filter((event) => event === 'lease.exchange-failed').length]).toEqual(['user-1', 2])
  await clock.advanceAsync(90 * seconds)
  expect([await user(), events.at(-1)]).toEqual(['user-1', 'lease.renewed'])
  expect(counts).toEqual({
    'holdfast_vault_lease_renewals_total failed': 2,
    'holdfast_vault_lease_renewals_total succeeded': 1,
  })
})

it('exchanges a lease that the server does not know any more', async () => {
  const { clock, user, failures } = setUp()
  await user()
  failures.push(failure('INVALID_ARGUMENT'))
  await clock.advanceAsync(5 * minutes)
  expect(await user()).toBe('user-2')
})

it('reads past what it has for one who was refused, but not once for each of a crowd', async () => {
  const { clock, user, asked } = setUp()
  await user()
  const users = await Promise.all([1, 2, 3, 4].map(() => user(true)))
  await clock.advanceAsync(900)
  users.push(await user(true))
  expect([new Set(users), asked.create]).toEqual([new Set(['user-2']), 2])
  await clock.advanceAsync(200)
  expect(await user(true)).toBe('user-3')
})

it('has another user made when the lease has ended meanwhile', async () => {
  const { clock, user, failures } = setUp()
  await user()
  for (let failed = 0; failed < 12; failed++) failures.push(failure('UNAVAILABLE'))
  await clock.advanceAsync(10 * minutes)
  failures.length = 0
  expect(await user()).toBe('user-2')
})

it('rejects with what the server says, and tries again with the next call', async () => {
  const { user, failures, source } = setUp()
  failures.push(failure('UNAVAILABLE'))
  await expect(user()).rejects.toMatchObject({ code: 'UNAVAILABLE' })
  expect(await user()).toBe('user-2')
  await expect(source.retrieve({ signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'CANCELLED' })
})

it('removes every user when it is closed, ends the watches and leaves no timer', async () => {
  const { source, clock, user, live, asked } = setUp()
  const changes = source.watch()[Symbol.asyncIterator]()
  const change = changes.next()
  await user()
  await clock.advanceAsync(2 * seconds)
  await user(true)
  expect(live.size).toBe(2)
  await source.close()
  await change
  expect([live.size, asked.revoke, clock.pendingTimers, (await changes.next()).done]).toEqual([0, 2, 0, true])
  await expect(source.retrieve()).rejects.toMatchObject({ code: 'CLOSED' })
  await expect(source.watch()[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: 'CLOSED' })
})

it('does not wait for ever for a server that hangs', async () => {
  const clock = createFakeClock()
  const source = createSource(
    {
      create: async () => ({
        id: 'x',
        value: new Secret({ username: 'u', password: 'p' }),
        isRenewable: true,
        leftMs: 60_000,
      }),
      renew: async () => 60_000,
      revoke: (_, signal) => new Promise((__, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
    },
    { clock, logger: { debug() {}, info() {}, warn() {}, error() {} }, role: 'app', release: async () => {} },
  )
  await source.retrieve()
  const closed = source.close()
  await clock.advanceAsync(2000)
  await closed
  expect(clock.pendingTimers).toBe(0)
})

it('says everything that is wrong with its options', () => {
  expect(() =>
    createDatabaseCredentialSource({
      address: 'ftp://x',
      auth: { method: 'token', token: '' },
      role: 'a/b',
      mount: '/',
    }),
  ).toThrow(/address: .*auth\.token: .*role: .*mount: /s)
})
