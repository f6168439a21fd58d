import { randomBytes } from 'node:crypto'
import { createEventHub, HoldfastError, Secret } from '@holdfast/contracts'
import type { CredentialSource, ResolvedCredential, SourceChange } from '@holdfast/contracts/credentials'
import type { PoolStatistics, ResourceAdapter } from '@holdfast/contracts/resources'
import { describeWithServer } from '@holdfast/test-servers'
import { Client, DatabaseError } from 'pg'
import { afterAll, expect, it } from 'vitest'
import { createResourceManager, type ManagerEvents, resourceKey } from '../src/manager/index.ts'

/** A user and the password that lets it in. */
interface Login {
  readonly user: string
  readonly password: string
}

/** Codes of PostgreSQL for a wrong password and for a role that may not log in: https://www.postgresql.org/docs/current/errcodes-appendix.html */
const refusals: readonly (string | undefined)[] = ['28P01', '28000']

/** PostgreSQL with `pg`, one connection for each resource. */
const createPostgresAdapter = (url: URL): ResourceAdapter<Client> => ({
  name: 'postgres',
  async create({ credentials, signal }) {
    // The tests give the pool this one credential, a login as JSON.
    const { user, password } = JSON.parse(credentials.login?.value.reveal() as string) as Login
    const { hostname: host, port } = url
    const client = new Client({ host, port: Number(port), database: url.pathname.slice(1), user, password })
    // A connection that is lost while nobody uses it is found by validate.
    client.on('error', () => {})
    const onAbort = (): void => void client.end().catch(() => {})
    signal.addEventListener('abort', onAbort, { once: true })
    try {
      await client.connect()
      return client
    } catch (error) {
      throw new HoldfastError({
        code: error instanceof DatabaseError && refusals.includes(error.code) ? 'UNAUTHENTICATED' : 'UNAVAILABLE',
        source: 'postgres',
        operation: 'create',
        message: `PostgreSQL did not let ${user} in.`,
        hint: 'The cause says why.',
        cause: error,
      })
    } finally {
      signal.removeEventListener('abort', onAbort)
    }
  },
  async validate(client) {
    await client.query('select 1')
    return true
  },
  // Ends what the last user left open, and forgets its settings.
  async reset(client) {
    await client.query('rollback; reset all')
  },
  destroy: (client) => client.end(),
  isBroken: (error) => !(error instanceof DatabaseError) || (error.code ?? '').startsWith('57P'),
})

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
    const login = { user: `${prefix}_${suffix}`, password: `planted-${randomBytes(12).toString('hex')}` }
    users.add(login.user)
    await administrator.query(`create role ${login.user} login password '${login.password}'`)
    return login
  }
  const changePassword = async ({ user }: Login): Promise<Login> => {
    const password = `planted-${randomBytes(12).toString('hex')}`
    await administrator.query(`alter role ${user} password '${password}'`)
    return { user, password }
  }

  /** What stands where a secret manager would: it holds one login, and tells when it is another. */
  const createLoginSource = (first: Login) => {
    const hub = createEventHub<{ readonly 'login.changed': SourceChange }>()
    let held = first
    let version = 1
    const source: CredentialSource = {
      async retrieve(): Promise<ResolvedCredential> {
        return { value: new Secret(JSON.stringify(held)), version: `v${version}` }
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

  /** 50 workers that query without a pause on a pool of 10 whose connections live for half a second. */
  const createLoad = async (login: Login, maxDrainMs: number) => {
    const { source, put } = createLoginSource(login)
    const key = resourceKey<Client>('orders-db')
    const manager = createResourceManager()
    manager.register(key, {
      adapter: createPostgresAdapter(url),
      pool: { maxSize: 10, maxLifetimeMs: 500, acquireTimeoutMs: 30_000 },
      credentials: { login: source },
      rotation: { maxDrainMs },
    })
    await manager.start()
    const pool = manager.pool(key)
    /** Looks at what the test waits for: after each query and each event. */
    const looks = new Set<() => void>()
    const look = (): void => {
      for (const each of [...looks]) each()
    }
    pool.on('create.failed', look)
    const rotated: ManagerEvents['credentials.rotated'][] = []
    const drained: ManagerEvents['rotation.drained'][] = []
    const failed: ManagerEvents['rotation.failed'][] = []
    manager.on('credentials.rotated', (event) => rotated.push(event))
    manager.on('rotation.drained', (event) => drained.push(event))
    manager.on('rotation.failed', (event) => failed.push(event))
    for (const name of ['credentials.rotated', 'rotation.drained', 'rotation.failed'] as const) manager.on(name, look)
    const queries = { succeeded: 0, failures: [] as unknown[], byUser: new Map<string, number>() }
    let isOver = false
    const work = async (): Promise<void> => {
      while (!isOver) {
        try {
          const rows = await manager.use(
            key,
            async (client) => (await client.query('select current_user as name')).rows,
          )
          const { name } = rows[0] as { readonly name: string }
          queries.succeeded += 1
          queries.byUser.set(name, (queries.byUser.get(name) ?? 0) + 1)
        } catch (error) {
          queries.failures.push(error)
        }
        look()
      }
    }
    /** Waits until something is so while the load goes on, or until a query has failed, which ends the test soon. */
    const until = (isSo: () => boolean): Promise<void> =>
      new Promise((resolve) => {
        const settle = (): void => {
          if (!isSo() && queries.failures.length === 0) return
          looks.delete(settle)
          resolve()
        }
        looks.add(settle)
        settle()
      })
    const workers = Array.from({ length: 50 }, work)
    return {
      pool,
      put,
      queries,
      rotated,
      drained,
      failed,
      /** Waits until this many more have succeeded. */
      queried: (count: number): Promise<void> => {
        const goal = queries.succeeded + count
        return until(() => queries.succeeded >= goal)
      },
      until,
      /** Ends the load and the manager; answers the last figures of the pool. */
      async stop(): Promise<PoolStatistics> {
        isOver = true
        await Promise.all(workers)
        const statistics = pool.statistics()
        await manager.close()
        return statistics
      },
    }
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
      expect(load.pool.statistics().creates).toBeGreaterThan(creates + 10)
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
      await administrator.query(`alter role ${other.user} nologin`)
      load.queries.byUser.clear()
      await load.queried(2000)
      expect([...load.queries.byUser.keys()]).toEqual([current.user])
      await administrator.query(`alter role ${other.user} login`)
    }
    const statistics = await load.stop()
    expect(load.queries.failures).toEqual([])
    expect(load.failed).toEqual([])
    expect(statistics).toMatchObject({ createFailures: 0, revocations: 0, timeouts: 0, epoch: 4 })
  })

  it('keeps the old user when the new one may not log in, until it may', async () => {
    const [blue, green] = [await createLogin('kept'), await createLogin('locked')]
    await administrator.query(`alter role ${green.user} nologin`)
    const load = await createLoad(blue, 60_000)
    await load.queried(500)
    load.put(green)
    await load.until(() => load.failed.length > 0)
    load.queries.byUser.clear()
    await load.queried(1000)
    expect([...load.queries.byUser.keys()]).toEqual([blue.user])
    await administrator.query(`alter role ${green.user} login`)
    await load.until(() => load.drained.length === 1)
    load.queries.byUser.clear()
    await load.queried(1000)
    expect([...load.queries.byUser.keys()]).toEqual([green.user])
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
