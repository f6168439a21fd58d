export { type ChangeLog, createChangeLog, type LoggedChange } from './change-log.ts'
export {
  credentialMetadataProblem,
  decodeCredentialDocument,
  encodeCredentialDocument,
  type UnreadableDocument,
} from './credential-document.ts'
export { assertCredentialId, credentialIdProblem, maxCredentialIdBytes } from './credential-id.ts'
export { assertCredentialRecord, assertIdLength } from './credential-limits.ts'
export type {
  CredentialEncoding,
  CredentialMetadata,
  CredentialRecord,
  CredentialSummary,
  SealReference,
  StoredCredential,
  StoredVersion,
  Version,
} from './credential-record.ts'
export {
  type CredentialContext,
  type CredentialSource,
  credentialSourceOperations,
  type ResolvedCredential,
  type SourceChange,
  type SourceRetrieveOptions,
} from './credential-source.ts'
export type {
  AnyCredentialStorage,
  CredentialChange,
  CredentialStorage,
  CredentialStorageCapabilities,
  CredentialStorageLimits,
  CredentialVersion,
  DeletedCredential,
  DeleteOptions,
  ListOptions,
  QuarantinedRecord,
  Recoverable,
  Repairable,
  RepairReport,
  RetrieveOptions,
  StoreOptions,
  Versioned,
  Watchable,
  WatchOptions,
} from './credential-storage.ts'
export { credentialStorageOperations } from './credential-storage-operations.ts'
export { createEncodedNames, type EncodedNames, type EncodedNamesOptions, namePrefixPattern } from './encoded-names.ts'
export type { KeyParameters, KeyProvider, KeyProviderOptions, WrappedKey } from './key-provider.ts'
export { createListFilter } from './list-filter.ts'
export {
  createPollingWatcher,
  type Poll,
  type PolledCredential,
  type PollingWatcher,
  type PollingWatcherOptions,
} from './polling-watcher.ts'
export { type CallSubject, createStorageCalls, type StorageCalls, type StorageCallsOptions } from './storage-calls.ts'
export { requireCapability, type StorageCapabilityInterfaces, unsupported } from './unsupported.ts'
