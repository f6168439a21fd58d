// How do I keep credentials in Azure Key Vault?
import assert from 'node:assert/strict'

// #region example
import { type AzureStorageOptions, createAzureStorage } from '@holdfast/storage-azure'

const options: AzureStorageOptions = {
  vaultUrl: 'https://shop.vault.azure.net',
  credential: { type: 'managed-identity' }, // or service-principal, workload-identity, developer-tools, default
  prefix: 'orders', // several stores in one vault
}
const storage = createAzureStorage(options)
console.log(storage.name) // storage-azure (shop.vault.azure.net, prefix orders)
console.log(storage.capabilities.compareAndSet) // false: Key Vault has no conditional write, so ifVersion is refused
// createCredentialManager({ storage, keyring }) seals every value before the vault sees it.
// #endregion example

assert.equal(storage.name, 'storage-azure (shop.vault.azure.net, prefix orders)')
assert.equal(storage.capabilities.recover, true)
assert.throws(() => createAzureStorage({ vaultUrl: 'http://shop.vault.azure.net' }), /https/)
await storage.close()
