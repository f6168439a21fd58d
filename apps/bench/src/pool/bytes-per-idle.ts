import { bytesInUse } from '../bytes-in-use.ts'
import type { CreateSubjectPool } from './pool-subject.ts'

/** Idle resources in the pool that is weighed. */
const count = 10_000

/** Bytes that a pool takes for each idle resource, without the resource, after one that was only filled so that all code is compiled. */
export const bytesPerIdle = async (createPool: CreateSubjectPool): Promise<number> => {
  await weigh(createPool)
  return await weigh(createPool)
}

const weigh = async (createPool: CreateSubjectPool): Promise<number> => {
  // All resources exist before, so that none of them is weighed.
  const resources = Array.from({ length: count }, (_, number) => ({ number }))
  let next = 0
  const before = bytesInUse()
  const pool = createPool({
    maxSize: count,
    create: async () => {
      const resource = resources[next++]
      if (resource === undefined) throw new Error('More resources are made than there may be.')
      return resource
    },
  })
  await fill(pool)
  await new Promise((resolve) => setTimeout(resolve, 20))
  const bytes = (bytesInUse() - before) / count
  await pool.close()
  return bytes
}

const fill = async (pool: ReturnType<CreateSubjectPool>): Promise<void> => {
  const held = await Promise.all(Array.from({ length: count }, () => pool.acquire()))
  for (const each of held) await pool.release(each)
}
