export { createPool } from './create-pool.ts'
export { type CreatePoolOptions, poolDefaults } from './create-pool-options.ts'
