export { createAzureStorage, type AzureStorage } from './azure-storage.ts'
export { type AzureStorageOptions, azureStorageOptionsSchema } from './options.ts'
