import { currentContext, runWithContext } from '@holdfast/contracts/context'
import type { Pool } from '@holdfast/contracts/resources'
import { createPool } from '@holdfast/resource-pool'
import { timePerAsyncCall, timePerCall } from '../time-per-call.ts'
import { emptyAdapter, maxSize, startManager } from './managers.ts'

/** Keys that the one is looked up among. */
const keys = 1000

/** Nanoseconds of an acquire that finds a free resource, and its release, of the pool alone. */
export const acquireFromPool = async (): Promise<number> => {
  const pool = createPool(emptyAdapter, { maxSize })
  const nanoseconds = await acquiring(pool)
  await pool.close()
  return nanoseconds
}

/** The same through `manager.acquire(key)`. */
export const acquireFromManager = async (): Promise<number> => {
  const { manager, key } = await startManager()
  ;(await manager.acquire(key)).release()
  const nanoseconds = await timePerAsyncCall(
    async (calls) => {
      for (let count = 0; count < calls; count++) (await manager.acquire(key)).release()
    },
    { batches: 200 },
  )
  await manager.close()
  return nanoseconds
}

/** The same through a pool that the manager gave out. */
export const acquireFromManagedPool = async (): Promise<number> => {
  const { manager, key } = await startManager()
  const nanoseconds = await acquiring(manager.pool(key))
  await manager.close()
  return nanoseconds
}

/** The same inside a context with tenant and deadline, which every acquire reads. */
export const acquireInContext = async (): Promise<number> => {
  const { manager, key } = await startManager()
  const nanoseconds = await runWithContext({ tenant: 'acme', deadline: performance.now() + 3_600_000 }, () =>
    acquiring(manager.pool(key)),
  )
  await manager.close()
  return nanoseconds
}

/** Nanoseconds of entering a context and reading it inside. */
export const enterContext = (): number =>
  timePerCall(
    (calls) => {
      let seen = 0
      for (let count = 0; count < calls; count++) {
        seen += runWithContext({ tenant: 'acme' }, () => currentContext()?.tenant?.length ?? 0)
      }
      return seen
    },
    { batches: 200 },
  )

/** Nanoseconds of `manager.pool(key)` among 1000. */
export const lookUp = async (): Promise<number> => {
  const { manager, key } = await startManager(keys)
  const nanoseconds = timePerCall(
    (calls) => {
      let found = 0
      for (let count = 0; count < calls; count++) if (manager.pool(key) !== undefined) found += 1
      return found
    },
    { batches: 200 },
  )
  await manager.close()
  return nanoseconds
}

/** Nanoseconds of `Map.get` among as many. */
export const lookUpInMap = (): number => {
  const map = new Map<object, object>()
  let key: object = {}
  for (let number = 0; number < keys; number++) {
    key = { name: `resource-${number}` }
    map.set(key, {})
  }
  return timePerCall(
    (calls) => {
      let found = 0
      for (let count = 0; count < calls; count++) if (map.get(key) !== undefined) found += 1
      return found
    },
    { batches: 200 },
  )
}

const acquiring = async (pool: Pool<object>): Promise<number> => {
  ;(await pool.acquire()).release()
  return timePerAsyncCall(
    async (calls) => {
      for (let count = 0; count < calls; count++) (await pool.acquire()).release()
    },
    { batches: 200 },
  )
}
