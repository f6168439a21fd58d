import type { Secret, SecretValue } from '@holdfast/contracts'
import type { CredentialMetadata, Version } from '@holdfast/contracts/credentials'

/** What the manager tells of a stored credential: everything except its value. */
export interface CredentialDescription {
  readonly id: string
  /** Names the stored state for `ifVersion` and `rollback`. Opaque. */
  readonly version: Version
  readonly metadata: CredentialMetadata
}

/** A credential that was retrieved. It is frozen, as is what it holds: callers that share a cache share it too. */
export interface Credential<T extends SecretValue = SecretValue> extends CredentialDescription {
  /** Name of its kind: `opaque`, `api-key`, `database`, … */
  readonly kind: string
  readonly value: Secret<T>
}
