import { randomBytes } from 'node:crypto'
import type { AnyCredentialStorage } from '@holdfast/contracts/credentials'
import { createCredentialManager, createKeyring, rawKey } from '@holdfast/credential-core'

/** A manager over the storage that seals with a random key. */
export const sealedManager = (
  storage: AnyCredentialStorage,
  options: Omit<Parameters<typeof createCredentialManager>[0], 'storage' | 'keyring'> = {},
) => {
  const keyring = createKeyring({ storage, unlock: [rawKey(randomBytes(32))], createIfMissing: true })
  return createCredentialManager({ storage, keyring, ...options })
}
