export { createMemoryData, type MemoryData } from './memory-data.ts'
export { createMemoryStorage, type MemoryStorage } from './memory-storage.ts'
export { type MemoryStorageOptions, memoryStorageOptionsSchema } from './options.ts'
export type { FailNextOptions, PlannableOperation } from './planned-failures.ts'
