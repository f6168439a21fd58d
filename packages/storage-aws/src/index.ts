export { type AwsStorage, createAwsStorage } from './aws-storage.ts'
export { type AwsStorageOptions, awsStorageOptionsSchema } from './options.ts'
export { awsStorageOptionsFromEnvironment } from './options-from-environment.ts'
export { createWriteLimiter, type WriteLimiter, type WriteLimiterOptions, type WriteTurn } from './write-limiter.ts'
