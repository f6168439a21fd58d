export {
  type CopiedCredential,
  type CopyOptions,
  type CopyProgress,
  type CopyReport,
  copyCredentials,
} from './copy/copy-credentials.ts'
export type { KeyringCopy } from './copy/copy-keyring.ts'
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
export { apiKey } from './kinds/api-key.ts'
export { type AwsKeys, awsKeys } from './kinds/aws-keys.ts'
export { type BasicCredential, basic } from './kinds/basic.ts'
export { type BearerCredential, bearer } from './kinds/bearer.ts'
export type { CredentialKind, CredentialReference, KindDefinition, KindReading } from './kinds/credential-kind.ts'
export { type DatabaseCredential, database } from './kinds/database.ts'
export { defineKind } from './kinds/define-kind.ts'
export { builtInKinds } from './kinds/kind-registry.ts'
export { opaque } from './kinds/opaque.ts'
export { type SshKey, sshKey } from './kinds/ssh-key.ts'
export { type TlsCertificate, tlsCertificate } from './kinds/tls-certificate.ts'
export type { AuditEvent, CredentialEvent, CredentialEvents } from './manager/audit.ts'
export { type CacheFreshnessOptions, defaultCacheTtlMs } from './manager/cache-freshness.ts'
export { createCredentialManager } from './manager/create-credential-manager.ts'
export type { Credential, CredentialDescription } from './manager/credential.ts'
export type { CredentialCacheStatistics } from './manager/credential-cache.ts'
export type {
  CredentialAttributes,
  CredentialCallOptions,
  CredentialManager,
  CredentialTarget,
  DeleteCredentialOptions,
  ListCredentialsOptions,
  RetrieveCredentialOptions,
  ScopedCredentialManager,
  StoreCredentialOptions,
  StoreItem,
  UpdateCredentialOptions,
  ValidateOptions,
  WatchCredentialsOptions,
} from './manager/credential-manager.ts'
export { type CredentialManagerBuilder, credentialManager } from './manager/credential-manager-builder.ts'
export {
  type CredentialManagerOptions,
  type DuplicatePolicy,
  defaultBatchConcurrency,
} from './manager/credential-manager-options.ts'
export { isReservedId } from './manager/reserved-ids.ts'
export {
  type RequiredCredentials,
  type Requirements,
  requireCredentials,
  type UnmetRequirement,
  type UnmetStatus,
} from './requirements/require-credentials.ts'
export type { Anchor, AnchoredRecord } from './sealing/anchor.ts'
export { createSealer } from './sealing/create-sealer.ts'
export { type RekeyOptions, type RekeyProgress, type RekeyResult, rekey } from './sealing/rekey.ts'
export {
  type KeptKey,
  type RemoveRetiredKeysOptions,
  type RemoveRetiredKeysResult,
  removeRetiredKeys,
} from './sealing/remove-retired-keys.ts'
export type { Sealer, UnsealedMetadata } from './sealing/sealer.ts'
export { defaultRemainingFraction, type RotationPolicy } from './validation/rotation-policy.ts'
export type { ValidationResult, ValidationStatus } from './validation/validation-result.ts'
