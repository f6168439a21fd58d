import { timePerAsyncCall, timePerCall } from '../time-per-call.ts'
import { FreeList } from './floors.ts'
import { createHoldfastPool } from './holdfast-pools.ts'
import type { CreateSubjectPool } from './pool-subject.ts'

/** How long everything is warmed up, in milliseconds: a compiler that shares its cores needs time more than calls. */
const warmUpMs = 300
/** Batches before the first timed one where nothing is awaited: some tens of milliseconds. */
const warmUp = 400
/** Resources of the pools that are timed. */
const maxSize = 10
/** Callers that come at the same time. */
const callers = 1000

const create = async (): Promise<object> => ({})

/** Nanoseconds of an acquire that finds a free resource, and its release. */
export const uncontended = async (createPool: CreateSubjectPool): Promise<number> => {
  const pool = createPool({ maxSize, create })
  pool.release(await pool.acquire())
  const nanoseconds = await timePerAsyncCall(
    async (calls) => {
      for (let count = 0; count < calls; count++) {
        const held = await pool.acquire()
        pool.release(held)
      }
    },
    { batches: 200, warmUpMs },
  )
  await pool.close()
  return nanoseconds
}

/**
 * Nanoseconds per acquire when 1000 callers share 10 resources, each holding one for as long as an await takes. A batch takes
 * a millisecond, which a busy machine seldom leaves alone: the fastest tenth counts, of all alike.
 */
export const contended = async (createPool: CreateSubjectPool): Promise<number> => {
  const pool = createPool({ maxSize, create })
  pool.release(await pool.acquire())
  let left = 0
  const call = async (): Promise<void> => {
    while (left > 0) {
      left -= 1
      const held = await pool.acquire()
      await undefined
      pool.release(held)
    }
  }
  const nanoseconds = await timePerAsyncCall(
    async (calls) => {
      left = calls
      await Promise.all(Array.from({ length: callers }, call))
    },
    { batch: 5000, batches: 100, warmUpMs, quantile: 0.1 },
  )
  await pool.close()
  return nanoseconds
}

/** Nanoseconds with `using`. The adapter does not validate here: with one that does, each `using` costs a check. */
export const withUsing = async (): Promise<number> => {
  const pool = createHoldfastPool({ maxSize, create }, { validates: false })
  ;(await pool.acquire()).release()
  const nanoseconds = await timePerAsyncCall(
    async (calls) => {
      for (let count = 0; count < calls; count++) {
        using lease = await pool.acquire()
        keep(lease)
      }
    },
    { batches: 200, warmUpMs },
  )
  await pool.close()
  return nanoseconds
}

/** Nanoseconds of `use`. */
export const withUse = async (): Promise<number> => {
  const pool = createHoldfastPool({ maxSize, create })
  ;(await pool.acquire()).release()
  const nanoseconds = await timePerAsyncCall(
    async (calls) => {
      for (let count = 0; count < calls; count++) await pool.use(() => undefined)
    },
    { batches: 200, warmUpMs },
  )
  await pool.close()
  return nanoseconds
}

/** Nanoseconds of `tryAcquire` and release. */
export const trying = async (): Promise<number> => {
  const pool = createHoldfastPool({ maxSize, create })
  ;(await pool.acquire()).release()
  const nanoseconds = timePerCall(
    (calls) => {
      let found = 0
      for (let count = 0; count < calls; count++) {
        const lease = pool.tryAcquire()
        if (lease === undefined) continue
        found += 1
        lease.release()
      }
      return found
    },
    { batches: 200, warmUp },
  )
  await pool.close()
  return nanoseconds
}

/** Nanoseconds of taking from a list and giving back. */
export const takingFromList = (): number => {
  const list = new FreeList()
  return timePerCall(
    (calls) => {
      let found = 0
      for (let count = 0; count < calls; count++) {
        const held = list.take()
        if (held === undefined) continue
        found += 1
        list.give(held)
      }
      return found
    },
    { batches: 200, warmUp },
  )
}

let kept: unknown
const keep = (value: unknown): void => {
  if (value === kept) kept = value
}
