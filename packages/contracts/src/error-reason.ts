/**
 * Every reason that narrows an {@link ErrorCode}, by the contract that uses it. The list is closed: a new reason is
 * added here, with its meaning in `docs/errors.md`, before a package can throw it.
 */
export const errorReasons = [
  // any contract
  'OPTIONS_INVALID',
  'ID_INVALID',
  'DUPLICATE_IDS',
  'DEADLINE_EXCEEDED',
  'LIMIT_EXCEEDED',
  // credentials and their storage
  'SCOPE_REQUIRED',
  'SCOPE_VIOLATION',
  'SCOPE_IMMUTABLE',
  'NAME_RESERVED',
  'VERSION_MISMATCH',
  'VERSION_UNKNOWN',
  'TAMPERED',
  'ROLLED_BACK',
  'UNREADABLE',
  'KEY_UNKNOWN',
  'KEY_REJECTED',
  'KEYRING_MISSING',
  'KEY_FILE_EXPOSED',
  'KIND_UNKNOWN',
  'KIND_MISMATCH',
  'VALUE_MALFORMED',
  'EXPIRED',
  'REQUIREMENTS_UNMET',
  // configuration
  'PROVIDER_UNKNOWN',
  'PROVIDER_NOT_INSTALLED',
  // storage devices
  'DISK_FULL',
  'READ_ONLY',
  'FOLDER_EXPOSED',
  // resilience
  'CIRCUIT_OPEN',
  'QUOTA_EXCEEDED',
  // resources
  'POOL_EXHAUSTED',
  'ACQUIRE_TIMEOUT',
  'CREATE_TIMEOUT',
  'RESOURCE_UNKNOWN',
  'DEPENDENCY_CYCLE',
  'DEPENDENCY_UNKNOWN',
  'DEPENDENCY_FAILED',
  'NOT_READY',
  'QUARANTINED',
  'TENANT_REQUIRED',
  'TENANT_REFUSED',
] as const

/** One of {@link errorReasons}. */
export type ErrorReason = (typeof errorReasons)[number]
