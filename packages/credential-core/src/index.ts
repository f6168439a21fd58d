export { type CreateKeyringOptions, createKeyring } from './keyring/create-keyring.ts'
export { type KeyFileOptions, keyFile } from './keyring/key-file.ts'
export { createKeyText } from './keyring/key-text.ts'
export type {
  Keyring,
  KeySlotSummary,
  OpenKeyring,
  OpenKeyringOptions,
  RotateOptions,
  VaultKeySummary,
} from './keyring/keyring.ts'
export { keyringId } from './keyring/keyring-document.ts'
export { type PassphraseOptions, type PassphraseSource, passphrase } from './keyring/passphrase.ts'
export { keyFromEnvironment, rawKey } from './keyring/raw-key.ts'
export type { VaultKey } from './keyring/vault-key.ts'
export { createSealer } from './sealing/create-sealer.ts'
export type { Sealer, UnsealedMetadata } from './sealing/sealer.ts'
