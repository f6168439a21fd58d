export { createPool } from './create-generic-pool.ts'
export type { Factory, GenericPool, GenericPoolOptions } from './generic-pool.ts'
