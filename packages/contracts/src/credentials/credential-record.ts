import type { ScopeId } from '../scope-id.ts'

/** How the bytes of a record's value are to be read once they are open. */
export type CredentialEncoding = 'text' | 'bytes' | 'json'

/** Which key sealed a record. */
export interface SealReference {
  /** Version of the record format (`docs/format.md`). */
  readonly format: number
  /** The vault whose keyring holds the key. */
  readonly vaultId: string
  /** The vault key. */
  readonly keyId: string
}

/**
 * Everything about a credential except its value. It is readable in the backend, so that backends can filter by it, and
 * all of it is authenticated when the record is sealed. The backend's own version is never part of it.
 */
export interface CredentialMetadata {
  readonly id: string
  /** Name of a registered kind: `opaque`, `api-key`, `database`, … */
  readonly kind: string
  readonly encoding: CredentialEncoding
  /** Fixed when the credential is created. */
  readonly scope?: ScopeId
  readonly tags: Readonly<Record<string, string>>
  /** When the credential was first stored: RFC 3339, UTC, milliseconds. */
  readonly createdAt: string
  /** When this version was stored. */
  readonly updatedAt: string
  /** After this moment the credential is not to be used. */
  readonly expiresAt?: string
  /** ULID that grows with each write of this credential. */
  readonly revision: string
  /** ULID of the write, the same in every attempt of it: tells a writer whose answer was lost that its write arrived. */
  readonly writeId: string
  /** Absent when the value is stored readable (`sealing: 'backend'`). */
  readonly seal?: SealReference
}

/** What a backend stores: the readable header and the bytes of the value, which are sealed unless `metadata.seal` is absent. */
export interface CredentialRecord {
  readonly metadata: CredentialMetadata
  readonly value: Uint8Array
}

/** Names one stored state of one credential. Opaque, compared only for equality, never used again after a delete. */
export type Version = string

/** A record as it was found, with the backend's version of it. */
export interface StoredCredential extends CredentialRecord {
  readonly version: Version
}

/** What a write answers. */
export interface StoredVersion {
  readonly version: Version
  /** When the backend stored this version: RFC 3339, UTC. */
  readonly createdAt: string
}

/** One item of a listing: never a value. */
export interface CredentialSummary {
  readonly id: string
  /** Absent when only ids were asked for. */
  readonly version?: Version
  /** Absent when only ids were asked for, and for an entry that this library did not write and cannot read. */
  readonly metadata?: CredentialMetadata
}
