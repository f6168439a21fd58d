export { createAwsStorage, type AwsStorage } from './aws-storage.ts'
export { type AwsStorageOptions, awsStorageOptionsSchema } from './options.ts'
