export { type AzureStorage, createAzureStorage } from './azure-storage.ts'
export { type AzureStorageOptions, type AzureTokenCredential, azureStorageOptionsSchema } from './options.ts'
export { azureStorageOptionsFromEnvironment } from './options-from-environment.ts'
