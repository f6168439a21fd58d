export {
  type VaultAuthOptions,
  type VaultConnectionOptions,
  type VaultStorageOptions,
  vaultStorageOptionsSchema,
} from './options.ts'
export { createVaultStorage, type VaultStorage } from './vault-storage.ts'
export { vaultStorageOptionsFromEnvironment } from './vault-storage-options-from-environment.ts'
