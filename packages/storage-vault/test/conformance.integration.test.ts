import { describeWithServer } from '@holdfast/test-servers'
import { type CredentialStorageHarness, testCredentialStorage } from '@holdfast/testkit'
import { createVaultStorage, type VaultStorageOptions } from '../src/index.ts'
import { uniqueName } from './kv-mount.ts'

describeWithServer('openbao', ({ settings: { VAULT_ADDR = '', VAULT_TOKEN = '' } }) => {
  const harnessOf = (name: string, options: VaultStorageOptions): CredentialStorageHarness => ({
    name,
    async create() {
      const connect = () =>
        createVaultStorage({
          address: VAULT_ADDR,
          auth: { method: 'token', token: VAULT_TOKEN },
          prefix: prefix,
          watchIntervalMs: 50,
          ...options,
        })
      const prefix = uniqueName('conformance')
      const storage = connect()
      return { storage, open: async () => connect(), cleanup: () => storage.close() }
    },
  })

  testCredentialStorage(harnessOf('storage-vault', {}))
  testCredentialStorage(harnessOf('storage-vault with softDelete', { softDelete: true }))
})
