import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describeWithServer } from '@holdfast/test-servers'
import { type CredentialStorageHarness, testCredentialStorage } from '@holdfast/testkit'
import { createVaultStorage, type VaultStorageOptions } from '../src/index.ts'
import { createToken, uniqueName } from './kv-mount.ts'

describeWithServer('openbao', (server) => {
  /** Every case with a token that has the policy of the guide and nothing else. */
  const harnessOf = (name: string, options: VaultStorageOptions): CredentialStorageHarness => ({
    name,
    async create() {
      const prefix = uniqueName('conformance')
      const policy = await readFile(join(import.meta.dirname, 'policy.hcl'), 'utf8')
      const token = await createToken(server, policy.replaceAll('shop/prod', prefix))
      const connect = () =>
        createVaultStorage({
          address: server.settings.VAULT_ADDR ?? '',
          auth: { method: 'token', token },
          prefix,
          watchIntervalMs: 50,
          ...options,
        })
      const storage = connect()
      return { storage, open: async () => connect(), cleanup: () => storage.close() }
    },
  })

  testCredentialStorage(harnessOf('storage-vault', {}))
  testCredentialStorage(harnessOf('storage-vault with softDelete', { softDelete: true }))
})
