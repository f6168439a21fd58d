import { setTimeout as delay } from 'node:timers/promises'
import { createHoldfastPool } from './holdfast-pools.ts'

/** Callers that come at the same time. */
const callers = 1000
/** How long a create takes, in milliseconds. */
const createMs = 5
/** Creates at the same time: with fewer, callers queue for a create, which is not what is timed. */
const maxConcurrentCreates = 250

/** 99th percentile in milliseconds of acquires that find an idle resource, while 1000 callers come and go. */
export const idleAcquireP99 = async (): Promise<number> => {
  const pool = createHoldfastPool({ maxSize: callers, create: async () => ({}) }, { maxConcurrentCreates })
  await Promise.all(Array.from({ length: callers }, () => pool.use(() => delay(1))))
  const durations: number[] = []
  const call = async (): Promise<void> => {
    for (let round = 0; round < 20; round++) {
      const startedAt = performance.now()
      const lease = await pool.acquire()
      durations.push(performance.now() - startedAt)
      await delay(1)
      lease.release()
    }
  }
  await Promise.all(Array.from({ length: callers }, call))
  const { immediate, acquisitions } = pool.statistics()
  if (immediate < acquisitions - callers) throw new Error('Some of the callers had to wait for a resource.')
  await pool.close()
  return percentile(durations, 0.99)
}

/** 99th percentile in milliseconds of acquires that each need a create of 5 ms, when 1000 callers come at once, after a round that only has the code compiled. */
export const creatingAcquireP99 = async (): Promise<number> => {
  await acquireFromEmpty()
  return acquireFromEmpty()
}

const acquireFromEmpty = async (): Promise<number> => {
  const pool = createHoldfastPool({ maxSize: callers, create: () => delay(createMs, {}) }, { maxConcurrentCreates })
  const durations = await Promise.all(
    Array.from({ length: callers }, async () => {
      const startedAt = performance.now()
      await pool.acquire()
      return performance.now() - startedAt
    }),
  )
  if (pool.statistics().creates !== callers) throw new Error('Some of the callers shared a resource.')
  await pool.close({ deadlineMs: 0 })
  return percentile(durations, 0.99)
}

const percentile = (values: readonly number[], share: number): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length * share)] ?? Number.NaN
