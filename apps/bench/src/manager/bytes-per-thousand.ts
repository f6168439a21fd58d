import { createPool } from '@holdfast/resource-pool'
import { createResourceManager, resourceKey } from '@holdfast/resource-pool/manager'
import { bytesInUse } from '../bytes-in-use.ts'
import { emptyAdapter, maxSize, startManager } from './managers.ts'

const count = 1000

/** Bytes of a manager with 1000 resources that were registered. */
export const bytesRegistered = (): Promise<number> =>
  weigh(async () => {
    const manager = createResourceManager()
    for (let number = 0; number < count; number++) {
      manager.register(resourceKey<object>(`resource-${number}`), { adapter: emptyAdapter, pool: { maxSize } })
    }
    return () => manager.close()
  })

/** Bytes of a manager with 1000 resources that were started, each with its pool. */
export const bytesStarted = (): Promise<number> =>
  weigh(async () => {
    const { manager } = await startManager(count)
    return () => manager.close()
  })

/** Bytes of 1000 pools that were used once, without a manager. */
export const bytesOfPools = (): Promise<number> =>
  weigh(async () => {
    const pools = Array.from({ length: count }, (_, number) =>
      createPool(emptyAdapter, { name: `resource-${number}`, maxSize }),
    )
    for (const pool of pools) (await pool.acquire()).release()
    return async () => {
      for (const pool of pools) await pool.close()
    }
  })

/** Bytes that are held by what `make` makes and answers how to end, after one before so that all code is compiled. */
const weigh = async (make: () => Promise<() => Promise<void>>): Promise<number> => {
  await (await make())()
  const before = bytesInUse()
  const end = await make()
  const bytes = bytesInUse() - before
  await end()
  return bytes
}
