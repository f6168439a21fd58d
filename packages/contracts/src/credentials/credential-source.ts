import type { CallOptions } from '../call-options.ts'
import type { Operations } from '../operations.ts'
import type { ScopeId } from '../scope-id.ts'
import type { Secret } from '../secret.ts'
import type { SecretValue } from '../secret-value.ts'

/** On whose behalf a credential is used; what scope checks and audit events go by. */
export interface CredentialContext {
  readonly scope?: ScopeId
  readonly tenant?: string
  /** Who or what asks, for audit events. */
  readonly actor?: string
}

/** A credential ready for use. */
export interface ResolvedCredential<T extends SecretValue = SecretValue> {
  readonly value: Secret<T>
  /** Differs whenever the value may differ. */
  readonly version: string
  /** RFC 3339, UTC; absent when it does not expire. */
  readonly expiresAt?: string
}

/** Options of {@link CredentialSource.retrieve}. */
export interface SourceRetrieveOptions extends CallOptions {
  /** Reads past every cache: for the moment when a server has just refused the cached value. Default false. */
  readonly fresh?: boolean | undefined
  /**
   * With `fresh`: the version that was refused. A cache that has read another since then may answer with that one, so that many
   * who were refused at different moments cost one read. A source without a cache does not look at it.
   */
  readonly refusedVersion?: string | undefined
}

/** Told when a source has a new value; retrieve it to see it. */
export interface SourceChange {
  /** Absent when the credential is gone. */
  readonly version?: string
}

/**
 * Where a resource gets one credential from, without knowing what keeps it: the credential manager, a dynamic secret of
 * Vault, a file, a function.
 */
export interface CredentialSource<T extends SecretValue = SecretValue> {
  /** Errors: NOT_FOUND, UNAVAILABLE, PERMISSION_DENIED, DATA_LOSS and what the storage behind it says. */
  retrieve(options?: SourceRetrieveOptions): Promise<ResolvedCredential<T>>
  /** Yields after each change until the signal is aborted; absent when the source cannot tell. */
  watch?(options?: { readonly signal?: AbortSignal | undefined }): AsyncIterable<SourceChange>
}

/** What layers must know of the methods of a credential source. */
export const credentialSourceOperations: Operations<CredentialSource> = {
  retrieve: { kind: 'unary', effect: 'read', idempotent: true, options: 0 },
  watch: { kind: 'stream', effect: 'read', idempotent: true, isLive: true, options: 0 },
}
