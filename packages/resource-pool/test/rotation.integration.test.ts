import { randomBytes } from 'node:crypto'
import { createEventHub, Secret } from '@holdfast/contracts'
import type { CredentialSource, ResolvedCredential, SourceChange } from '@holdfast/contracts/credentials'
import { describeWithServer } from '@holdfast/test-servers'
import { Client } from 'pg'
import { afterAll, expect, it } from 'vitest'
import type { Login } from './postgres-adapter.ts'
import { createQueryLoad } from './query-load.ts'

describeWithServer('postgres', (postgres) => {
  const url = new URL(postgres.settings.POSTGRES_URL ?? '')
  const prefix = `rotation_${randomBytes(4).toString('hex')}`
  const administrator = new Client({ connectionString: url.href })
  const connected = administrator.connect()
  const users = new Set<string>()
  afterAll(async () => {
    for (const user of users) await administrator.query(`drop role if exists ${user}`)
    await administrator.end()
  })

  const createLogin = async (suffix: string): Promise<Login> => {
    await connected
    const login = { username: `${prefix}_${suffix}`, password: `planted-${randomBytes(12).toString('hex')}` }
    users.add(login.username)
    await administrator.query(`create role ${login.username} login password '${login.password}'`)
    return login
  }
  const changePassword = async ({ username }: Login): Promise<Login> => {
    const password = `planted-${randomBytes(12).toString('hex')}`
    await administrator.query(`alter role ${username} password '${password}'`)
    return { username, password }
  }

  /** What stands where a secret manager would: it holds one login, and tells when it is another. */
  const createLoginSource = (first: Login) => {
    const hub = createEventHub<{ readonly 'login.changed': SourceChange }>()
    let held = first
    let version = 1
    const source: CredentialSource = {
      async retrieve(): Promise<ResolvedCredential> {
        return { value: new Secret(held), version: `v${version}` }
      },
      async *watch({ signal } = {}) {
        for await (const event of hub.events('login.changed', { signal })) if (!('dropped' in event)) yield event
      },
    }
    const put = (login: Login): void => {
      held = login
      version += 1
      hub.emit('login.changed', () => ({ version: `v${version}` }))
    }
    return { source, put }
  }

  const createLoad = async (login: Login, maxDrainMs: number) => {
    const { source, put } = createLoginSource(login)
    return { put, ...(await createQueryLoad(url, source, maxDrainMs)) }
  }

  it('changes the password of one user three times under full load, and no query fails', async () => {
    const login = await createLogin('single')
    const load = await createLoad(login, 60_000)
    await load.queried(500)
    let current = login
    for (let round = 1; round <= 3; round += 1) {
      const { creates } = load.pool.statistics()
      current = await changePassword(current)
      // The old password is worth nothing by now. Connections end of old age, others are refused, and only then the source learns of it.
      const { createFailures } = load.pool.statistics()
      await load.until(() => load.pool.statistics().createFailures > createFailures)
      load.put(current)
      await load.until(() => load.rotated.length === round && load.drained.length === round)
      await load.queried(2000)
      // Connections were made all the time, not only before and after.
      expect(load.pool.statistics().creates).toBeGreaterThan(creates + 5)
    }
    const statistics = await load.stop()
    expect(load.queries.failures).toEqual([])
    expect(load.queries.succeeded).toBeGreaterThan(6500)
    expect(load.rotated.map(({ from, to }) => [from.login, to.login])).toEqual([
      ['v1', 'v2'],
      ['v2', 'v3'],
      ['v3', 'v4'],
    ])
    expect(load.drained.map(({ forced }) => forced)).toEqual([0, 0, 0])
    expect(statistics).toMatchObject({ revocations: 0, timeouts: 0, epoch: 4 })
  })

  it('alternates between two users three times under full load, and no query fails', async () => {
    const [blue, green] = [await createLogin('blue'), await createLogin('green')]
    const load = await createLoad(blue, 60_000)
    await load.queried(500)
    let [current, other] = [blue, green]
    for (let round = 1; round <= 3; round += 1) {
      other = await changePassword(other)
      load.put(other)
      ;[current, other] = [other, current]
      await load.until(() => load.rotated.length === round && load.drained.length === round)
      // Nothing of the one before is left, so it may be locked out.
      await administrator.query(`alter role ${other.username} nologin`)
      load.queries.byUser.clear()
      await load.queried(2000)
      expect([...load.queries.byUser.keys()]).toEqual([current.username])
      await administrator.query(`alter role ${other.username} login`)
    }
    const statistics = await load.stop()
    expect(load.queries.failures).toEqual([])
    expect(load.failed).toEqual([])
    expect(statistics).toMatchObject({ createFailures: 0, revocations: 0, timeouts: 0, epoch: 4 })
  })

  it('keeps the old user when the new one may not log in, until it may', async () => {
    const [blue, green] = [await createLogin('kept'), await createLogin('locked')]
    await administrator.query(`alter role ${green.username} nologin`)
    const load = await createLoad(blue, 60_000)
    await load.queried(500)
    load.put(green)
    await load.until(() => load.failed.length > 0)
    load.queries.byUser.clear()
    await load.queried(1000)
    expect([...load.queries.byUser.keys()]).toEqual([blue.username])
    await administrator.query(`alter role ${green.username} login`)
    await load.until(() => load.drained.length === 1)
    load.queries.byUser.clear()
    await load.queried(1000)
    expect([...load.queries.byUser.keys()]).toEqual([green.username])
    const statistics = await load.stop()
    expect(load.queries.failures).toEqual([])
    expect(load.failed[0]).toMatchObject({ code: 'UNAUTHENTICATED', attempt: 1 })
    expect(statistics).toMatchObject({ createFailures: 0, timeouts: 0 })
  })

  it('takes a connection away that is kept for longer than maxDrainMs, and no other query fails', async () => {
    const [blue, green] = [await createLogin('held'), await createLogin('next')]
    const load = await createLoad(blue, 300)
    await load.queried(100)
    const held = load.pool.use((client) => client.query('select pg_sleep(600)'))
    const taken = expect(held).rejects.toMatchObject({ code: 'CLOSED', details: { outcome: 'unknown' } })
    await load.queried(500)
    load.put(green)
    await taken
    await load.until(() => load.drained.length === 1)
    await load.queried(500)
    const statistics = await load.stop()
    expect(load.queries.failures).toEqual([])
    expect(load.drained).toMatchObject([{ forced: 1 }])
    expect(statistics.revocations).toBe(1)
  })
})
