export { createPoolResource, type PoolResource } from './pool-resource.ts'
export { type PoolResourceOptions, poolResourceOptionsSchema } from './options.ts'
