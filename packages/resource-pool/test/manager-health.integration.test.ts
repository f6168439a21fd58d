import type { ResourceAdapter } from '@holdfast/contracts/resources'
import { describeWithOwnServer, type PrivateServer } from '@holdfast/test-servers'
import pg from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createResourceManager, type LifecycleState, resourceKey } from '../src/manager/index.ts'

/** How often the database is asked, and how long it has to answer, in milliseconds. */
const [intervalMs, timeoutMs] = [250, 250]

/** Longest time until something is noticed: ten times as long as it may take on a machine that does nothing else. */
const patienceMs = 10 * (intervalMs + timeoutMs)

describeWithOwnServer('postgres', (start) => {
  let server: PrivateServer
  const adapter: ResourceAdapter<pg.Client> = {
    name: 'postgres',
    async create() {
      const client = new pg.Client({ connectionString: server.settings.POSTGRES_URL })
      // A connection that is lost while nobody has it must not end the process.
      client.on('error', () => {})
      await client.connect()
      return client
    },
    validate: async (client) => (await client.query('SELECT 1')).rowCount === 1,
    async destroy(client) {
      await client.end()
    },
    isBroken: (error) => error instanceof Error && /terminat|ECONN|not queryable/i.test(error.message),
  }
  const orders = resourceKey<pg.Client>('orders-db')
  const api = resourceKey<{ readonly name: string }>('orders-api')
  const manager = createResourceManager()
  const states: string[] = []
  let checksOfApi = 0
  const health = { intervalMs, timeoutMs, recoveryDelayMs: 50, maxRecoveryDelayMs: 200, recoveryAttempts: 1000 }

  const became = async (state: LifecycleState): Promise<void> => {
    const beganAt = performance.now()
    while (manager.explain(orders).state !== state) {
      if (performance.now() - beganAt > patienceMs) {
        throw new Error(`Not ${state}: ${JSON.stringify(manager.explain(orders))}`)
      }
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  }

  beforeAll(async () => {
    server = await start()
    manager.on('resource.transitioned', ({ resource, to }) => states.push(`${resource} ${to}`))
    manager.register(orders, {
      adapter,
      pool: { maxSize: 2, createTimeoutMs: 1000, validateTimeoutMs: timeoutMs },
      health,
    })
    manager.register(api, {
      adapter: {
        name: 'api',
        create: async () => ({ name: 'api' }),
        destroy: async () => {},
        validate: async () => {
          checksOfApi += 1
          return true
        },
      },
      pool: { validateIdleLongerThanMs: Number.POSITIVE_INFINITY },
      requires: [orders],
      health,
    })
    await manager.start()
  })
  afterAll(() => manager.close())

  const ask = async (): Promise<unknown> =>
    manager.use(orders, async (client) => (await client.query('SELECT 6 * 7 AS answer')).rows[0].answer)

  /** Callers who never stop asking, more than there are connections; answers what ends them. */
  const underLoad = (callers: number): (() => Promise<void>) => {
    let isOver = false
    const call = async (): Promise<void> => {
      while (!isOver) {
        await manager.use(orders, (client) => client.query('SELECT 1'), { timeoutMs: 100 }).catch(() => {})
        await new Promise((resolve) => setImmediate(resolve))
      }
    }
    const all = Promise.all(Array.from({ length: callers }, call))
    return async () => {
      isOver = true
      await all
    }
  }

  it.each([
    ['answers nothing any more', 0, () => server.suspend(), () => server.resume()],
    ['is killed', 0, () => server.kill('SIGKILL'), () => server.restart()],
    ['answers nothing any more', 8, () => server.suspend(), () => server.resume()],
    ['is killed', 8, () => server.kill('SIGKILL'), () => server.restart()],
  ])('a database that %s under %i callers is quarantined, nobody gets it, and it is taken back', async (...row) => {
    const [, callers, harm, repair] = row
    await became('ready')
    states.length = 0
    const endLoad = underLoad(callers)
    expect(await ask()).toBe(42)
    await new Promise((resolve) => setTimeout(resolve, 2 * intervalMs))
    // Callers that wait are no fault of the database.
    expect(states).not.toContain('orders-db quarantined')
    await harm()
    await became('quarantined')
    expect(manager.health()).toMatchObject({ status: 'down', isReady: false })
    await expect(ask()).rejects.toMatchObject({ code: 'UNAVAILABLE', reason: 'QUARANTINED' })
    // What requires it is degraded, and not asked while the answer is known.
    expect(manager.explain(api)).toMatchObject({ state: 'degraded', causes: [{ resource: 'orders-db' }, {}] })
    const before = checksOfApi
    await new Promise((resolve) => setTimeout(resolve, 2 * intervalMs))
    expect([checksOfApi - before, manager.explain(orders).state]).toEqual([0, 'quarantined'])
    await repair()
    await endLoad()
    await became('ready')
    expect(await ask()).toBe(42)
    expect(manager.health()).toMatchObject({ isReady: true })
    const quarantinedAt = states.indexOf('orders-db quarantined')
    expect(states[quarantinedAt + 1]).toBe('orders-api degraded')
    expect(states).toContain('orders-api ready')
    expect(manager.healthHistory(orders).some(({ status }) => status === 'down')).toBe(true)
  })

  it('one that does not come back is given up, and may be started again when it is there', async () => {
    const hopeless = createResourceManager()
    hopeless.register(orders, {
      adapter,
      pool: { createTimeoutMs: 500, validateTimeoutMs: timeoutMs },
      health: { ...health, recoveryAttempts: 3 },
    })
    await hopeless.start()
    const failed = new Promise<void>((resolve) => {
      hopeless.on('resource.transitioned', ({ to }) => {
        if (to === 'failed') resolve()
      })
    })
    await server.kill('SIGKILL')
    await failed
    expect(hopeless.explain(orders).causes[0]?.reason).toBe('did not recover')
    await server.restart()
    await hopeless.start()
    expect(await hopeless.use(orders, async (client) => (await client.query('SELECT 1')).rowCount)).toBe(1)
    await hopeless.close()
  })
})
