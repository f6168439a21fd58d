import type { Pool, ResourceAdapter } from '@holdfast/contracts/resources'
import { type CreatePoolOptions, poolSettings } from './create-pool-options.ts'
import { ResourcePool } from './resource-pool.ts'

/**
 * Makes a pool whose leases cannot be shared by mistake: bounded, first come first served, with one deadline for each acquire
 * whatever the adapter does. Nothing is made before `start` or the first acquire.
 *
 * Throws INVALID_ARGUMENT naming every option that is wrong.
 */
export const createPool = <T>(adapter: ResourceAdapter<T>, options?: CreatePoolOptions): Pool<T> =>
  new ResourcePool(adapter, poolSettings(adapter, options))
