import type { Lease, Pool } from '@holdfast/contracts/resources'
import { createPool } from '@holdfast/resource-pool'
import type { CreateSubjectPool, SubjectOptions, SubjectPool } from './pool-subject.ts'

/** Our pool as it is by default: statistics, idle and lifetime checks, keep-alive and validation are on. */
export const createHoldfastPool = <T extends object>(
  { maxSize, create }: SubjectOptions<T>,
  options: { readonly validates?: boolean; readonly maxConcurrentCreates?: number } = {},
): Pool<T> =>
  createPool<T>(
    {
      name: 'bench',
      create,
      destroy: async () => {},
      ...(options.validates === false ? {} : { validate: async () => true }),
    },
    { maxSize, maxConcurrentCreates: options.maxConcurrentCreates },
  )

/** Acquire and release. */
export const holdfast: CreateSubjectPool = (options) => {
  const pool = createHoldfastPool(options)
  const subject: SubjectPool<Lease<object>> = {
    acquire: () => pool.acquire(),
    release: (lease) => lease.release(),
    close: () => pool.close({ deadlineMs: 0 }),
  }
  // What is released was acquired from the same pool.
  return subject as SubjectPool
}
