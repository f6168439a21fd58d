import { type CredentialManager, createCredentialManager, createKeyring, keyFile } from '@holdfast/credential-core'
import { createLocalStorage } from '@holdfast/storage-local'
import { vaultLocation } from './vault-location.ts'

/** Lends the manager of the vault in `folder` to `use`, and closes it afterwards. The key is beside it unless `keyPath` says where. */
export const withVault = async <T>(
  folder: string,
  use: (manager: CredentialManager) => Promise<T>,
  keyPath: string = vaultLocation(folder).keyFile,
): Promise<T> => {
  const location = vaultLocation(folder)
  const storage = await createLocalStorage({ directory: location.store })
  const keyring = createKeyring({ storage, unlock: [keyFile(keyPath)] })
  const manager = createCredentialManager({ storage, keyring })
  try {
    return await use(manager)
  } finally {
    await manager.close()
    await storage.close()
  }
}
