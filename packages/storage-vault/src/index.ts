export { createVaultStorage, type VaultStorage } from './vault-storage.ts'
export { type VaultStorageOptions, vaultStorageOptionsSchema } from './options.ts'
