export { type Configuration, configurationSchema } from './configuration.ts'
export { configurationJsonSchema, type JsonSchema } from './configuration-json-schema.ts'
export {
  configurationFileNames,
  findConfiguration,
  type LoadedConfiguration,
  loadConfiguration,
} from './load-configuration.ts'
export type { StorageProviders } from './load-provider.ts'
export { type OpenManager, type OpenManagerOptions, openManager } from './open-manager.ts'
export { type OpenStorageOptions, openStorage } from './open-storage.ts'
export { parseStoreUrl, type StoreConfiguration } from './parse-store-url.ts'
export type { StorageProvider, StorageProviderEnvironment, StorageProviderLoader } from './storage-provider.ts'
