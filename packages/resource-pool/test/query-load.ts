import type { CredentialSource } from '@holdfast/contracts/credentials'
import type { PoolStatistics } from '@holdfast/contracts/resources'
import type { Client } from 'pg'
import { createResourceManager, type ManagerEvents, resourceKey } from '../src/manager/index.ts'
import { createPostgresAdapter } from './postgres-adapter.ts'

/** 50 workers that query without a pause on a pool of 10 whose connections live for half a second. */
export const createQueryLoad = async (url: URL, login: CredentialSource, maxDrainMs: number) => {
  const key = resourceKey<Client>('orders-db')
  const manager = createResourceManager()
  manager.register(key, {
    adapter: createPostgresAdapter(url),
    pool: { maxSize: 10, maxLifetimeMs: 500, acquireTimeoutMs: 30_000 },
    credentials: { login },
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
        const rows = await manager.use(key, async (client) => (await client.query('select current_user as name')).rows)
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
