import { createSecretKey, type KeyObject, randomBytes } from 'node:crypto'
import { createUlidGenerator } from '@holdfast/contracts'

/** Length of a vault key in bytes. */
export const vaultKeyBytes = 32

/** A key that records are sealed with, and the name they know it by. */
export interface VaultKey {
  readonly id: string
  readonly key: KeyObject
}

const nextKeyId = createUlidGenerator()

/** Makes a random vault key. */
export const createVaultKey = (): VaultKey => importVaultKey(nextKeyId(), randomBytes(vaultKeyBytes))

/** Takes over the bytes of a vault key and wipes them; the copy inside the KeyObject cannot be wiped (`docs/security.md`). */
export const importVaultKey = (id: string, bytes: Uint8Array): VaultKey => {
  const key = createSecretKey(bytes)
  bytes.fill(0)
  return { id, key }
}

/** Lends the bytes of a key to `use` and wipes them afterwards. */
export const withKeyBytes = async <T>(key: KeyObject, use: (bytes: Buffer) => Promise<T> | T): Promise<T> => {
  const bytes = key.export()
  try {
    return await use(bytes)
  } finally {
    bytes.fill(0)
  }
}
