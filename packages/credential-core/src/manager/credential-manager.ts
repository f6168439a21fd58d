import type {
  BatchResult,
  CallOptions,
  Closeable,
  EventSource,
  HealthCheckable,
  ScopeId,
  Secret,
  SecretValue,
} from '@holdfast/contracts'
import type {
  CredentialChange,
  CredentialContext,
  CredentialSource,
  CredentialSummary,
  CredentialVersion,
  DeletedCredential,
  QuarantinedRecord,
  RepairReport,
  Version,
} from '@holdfast/contracts/credentials'
import type { CredentialReference } from '../kinds/credential-kind.ts'
import type { RekeyOptions, RekeyResult } from '../sealing/rekey.ts'
import type { ValidationResult } from '../validation/validation-result.ts'
import type { CredentialEvents } from './audit.ts'
import type { Credential, CredentialDescription } from './credential.ts'
import type { CredentialCacheStatistics } from './credential-cache.ts'
import type { DuplicatePolicy } from './credential-manager-options.ts'

/** A credential by its id, or by a reference that also says its kind. */
export type CredentialTarget<T extends SecretValue = SecretValue> = string | CredentialReference<T>

/** Options of every call on credentials. */
export interface CredentialCallOptions extends CallOptions {
  /** On whose behalf: its scope narrows what the call may touch, the rest goes into audit events. */
  readonly context?: CredentialContext | undefined
}

/** What a write says about a credential beside its value. */
export interface CredentialAttributes {
  /** Filters of `list`. `store`: default none. `update`: default what is there. */
  readonly tags?: Readonly<Record<string, string>> | undefined
  /** After this moment it is not to be used: a Date, or RFC 3339 text. Belongs to the value, so an update does not carry the old one over. Default: what the value itself says (certificates, JSON Web Tokens), else never; the earlier of the two counts. */
  readonly expiresAt?: Date | string | undefined
}

/** Options of `store`. */
export interface StoreCredentialOptions extends CredentialCallOptions, CredentialAttributes {
  /** Name of a registered kind. Default: the reference's, else `opaque`. */
  readonly kind?: string | undefined
  /** Where it belongs, fixed when it is created. Default: the scope of the context or the view, else none. */
  readonly scope?: ScopeId | undefined
  /** Writes only over this version; `null`: only if there is none. CONFLICT otherwise. Not together with `onDuplicate`. */
  readonly ifVersion?: Version | null | undefined
  /** What to do when the id is taken. Default: the manager's. */
  readonly onDuplicate?: DuplicatePolicy | undefined
}

/** Options of `update`. */
export interface UpdateCredentialOptions extends CredentialCallOptions, CredentialAttributes {
  /** Default: the kind it has. */
  readonly kind?: string | undefined
  readonly ifVersion?: Version | undefined
}

/** Options of `retrieve`. */
export interface RetrieveCredentialOptions extends CredentialCallOptions {
  /** An earlier version. Never cached. Default: the current one. */
  readonly version?: Version | undefined
  /** Reads past the cache and puts what was found there. Default false. */
  readonly fresh?: boolean | undefined
  /** Rejects with NOT_FOUND (reason EXPIRED) when it has expired. Default: the manager's. */
  readonly refuseExpired?: boolean | undefined
}

/** Options of `delete`. */
export interface DeleteCredentialOptions extends CredentialCallOptions {
  readonly ifVersion?: Version | undefined
}

/** Options of `list`; all of them narrow it. */
export interface ListCredentialsOptions extends CredentialCallOptions {
  readonly prefix?: string | undefined
  /** This scope and everything below it. */
  readonly scope?: ScopeId | undefined
  readonly tags?: Readonly<Record<string, string>> | undefined
  /** `id` yields ids only. Default `metadata`. */
  readonly include?: 'metadata' | 'id' | undefined
}

/** Options of `watch`. */
export interface WatchCredentialsOptions {
  readonly signal?: AbortSignal | undefined
  readonly prefix?: string | undefined
  readonly cursor?: string | undefined
  readonly context?: CredentialContext | undefined
}

/** Options of `validate`. */
export interface ValidateOptions extends CredentialCallOptions {
  readonly fresh?: boolean | undefined
}

/** One item of `storeBatch`. */
export interface StoreItem extends Omit<StoreCredentialOptions, keyof CredentialCallOptions> {
  readonly target: CredentialTarget
  readonly value: SecretValue | Secret<SecretValue>
}

/**
 * Credentials, as far as a scope reaches: the manager itself, or a view that `withScope` made.
 *
 * In a view every call is checked against the view's scope: a record in it or below it may be touched, any other is
 * PERMISSION_DENIED with reason SCOPE_VIOLATION, with an event and a warning in the log. A context's scope narrows one call
 * in the same way. Ids below `.holdfast/` are refused and never listed. Every error is a HoldfastError; beside those named
 * here a call can reject with what the storage, the keyring and cancellation say, and with CLOSED.
 */
export interface ScopedCredentialManager {
  /** The scope all calls are bound to; undefined for a manager without one. */
  readonly scope: ScopeId | undefined
  /**
   * Stores a credential: text, bytes, plain data, or a Secret that holds one. Over an existing one (unless refused) it
   * replaces value, kind, tags and expiry and keeps scope and creation time; it reads what is there first, writes over
   * exactly that, and starts again when somebody else was faster. `onDuplicate: 'refuse'` and `ifVersion: null` cost no
   * read where the storage has compare-and-set. Without it, two writers at the same moment can overwrite each other.
   * Errors: INVALID_ARGUMENT (VALUE_MALFORMED, KIND_UNKNOWN, SCOPE_IMMUTABLE, ID_INVALID, OPTIONS_INVALID), ALREADY_EXISTS, CONFLICT.
   */
  store<T extends SecretValue>(
    target: CredentialReference<T>,
    value: T | string | Secret<T> | Secret<string>,
    options?: StoreCredentialOptions,
  ): Promise<CredentialDescription>
  store(
    id: string,
    value: SecretValue | Secret<SecretValue>,
    options?: StoreCredentialOptions,
  ): Promise<CredentialDescription>
  /** Stores a new value for a credential that exists, keeping its kind, scope, tags and creation time. Errors: as `store`, and NOT_FOUND. */
  update<T extends SecretValue>(
    target: CredentialReference<T>,
    value: T | string | Secret<T> | Secret<string>,
    options?: UpdateCredentialOptions,
  ): Promise<CredentialDescription>
  update(
    id: string,
    value: SecretValue | Secret<SecretValue>,
    options?: UpdateCredentialOptions,
  ): Promise<CredentialDescription>
  /**
   * Retrieves a credential, from the cache if there is one. An expired one is retrieved too unless `refuseExpired` says
   * otherwise: whether it still works is for whoever uses it. With a reference the value has the kind's form.
   * Errors: NOT_FOUND, DATA_LOSS, INVALID_ARGUMENT (KIND_MISMATCH, VALUE_MALFORMED).
   */
  retrieve<T extends SecretValue>(
    target: CredentialReference<T>,
    options?: RetrieveCredentialOptions,
  ): Promise<Credential<T>>
  retrieve(id: string, options?: RetrieveCredentialOptions): Promise<Credential>
  /** `retrieve` for a context that must have a scope. Errors: as `retrieve`, and INVALID_ARGUMENT with SCOPE_REQUIRED. */
  retrieveScoped<T extends SecretValue>(
    target: CredentialReference<T>,
    context: CredentialContext,
    options?: Omit<RetrieveCredentialOptions, 'context'>,
  ): Promise<Credential<T>>
  retrieveScoped(
    id: string,
    context: CredentialContext,
    options?: Omit<RetrieveCredentialOptions, 'context'>,
  ): Promise<Credential>
  /** Deletes a credential; one that is not there gives `deleted: false`. Errors: CONFLICT. */
  delete(target: CredentialTarget, options?: DeleteCredentialOptions): Promise<{ readonly deleted: boolean }>
  /** Whether `retrieve` would find it. In a view, one outside the scope is a violation as for every call. */
  exists(target: CredentialTarget, options?: CredentialCallOptions): Promise<boolean>
  /** Yields what there is, without values, in no order. What a scope hides is left out; damaged records come without metadata, and not at all under a scope. */
  list(options?: ListCredentialsOptions): AsyncIterable<CredentialSummary>
  /** `list` for a context that must have a scope: it and everything below. */
  listScoped(
    context: CredentialContext,
    options?: Omit<ListCredentialsOptions, 'context'>,
  ): AsyncIterable<CredentialSummary>
  /** The versions that can be retrieved and rolled back to, newest first. Errors: NOT_FOUND, UNSUPPORTED. */
  history(target: CredentialTarget, options?: CredentialCallOptions): Promise<readonly CredentialVersion[]>
  /** Makes an earlier version the current one again, as a new version. Works also when the current one is damaged, unless a scope binds the call: what is damaged shows its scope to nobody. Errors: NOT_FOUND (VERSION_UNKNOWN), CONFLICT, UNSUPPORTED. */
  rollback(target: CredentialTarget, version: Version, options?: CredentialCallOptions): Promise<CredentialDescription>
  /** Yields changes, also those of other processes, and forgets the cached values of what changed. Under a scope, changes outside it are left out. Errors: UNSUPPORTED. */
  watch(options?: WatchCredentialsOptions): AsyncIterable<CredentialChange>
  /** Looks whether a credential is there, has the form of its kind, has not expired, and whether it is time to rotate it. Rejects only when that cannot be found out. */
  validate(target: CredentialTarget, options?: ValidateOptions): Promise<ValidationResult>
  /** `validate` for many. */
  validateBatch(targets: readonly CredentialTarget[], options?: ValidateOptions): Promise<BatchResult<ValidationResult>>
  /** `store` for many, `batchConcurrency` at a time. A failure never hides a success. Errors: INVALID_ARGUMENT (DUPLICATE_IDS). */
  storeBatch(items: readonly StoreItem[], options?: CredentialCallOptions): Promise<BatchResult<CredentialDescription>>
  /** `retrieve` for many; only what is not cached is fetched. */
  retrieveBatch(
    targets: readonly CredentialTarget[],
    options?: Omit<RetrieveCredentialOptions, 'version'>,
  ): Promise<BatchResult<Credential>>
  /** `delete` for many. */
  deleteBatch(
    targets: readonly CredentialTarget[],
    options?: CredentialCallOptions,
  ): Promise<BatchResult<{ readonly deleted: boolean }>>
  /** One credential as a source for what uses it (pools, clients). It has `watch` where the storage has. */
  source<T extends SecretValue>(
    target: CredentialReference<T>,
    options?: { readonly context?: CredentialContext },
  ): CredentialSource<T>
  source(id: string, options?: { readonly context?: CredentialContext }): CredentialSource
  /** A view bound to a scope. Of a view only narrower ones can be made: SCOPE_VIOLATION otherwise. */
  withScope(scope: ScopeId): ScopedCredentialManager
}

/**
 * Keeps the credentials of an application: sealed, scoped, checked, cached, and in any credential storage. Events are
 * called after what they tell of. `close` closes none of what was passed in; it empties the cache.
 */
export interface CredentialManager
  extends ScopedCredentialManager,
    EventSource<CredentialEvents>,
    HealthCheckable,
    Closeable {
  /** Puts a deleted credential back. Only on a manager without scope: a deleted record's scope cannot be checked. Errors: NOT_FOUND, CONFLICT, UNSUPPORTED, PERMISSION_DENIED. */
  recover(target: CredentialTarget, options?: CredentialCallOptions): Promise<CredentialDescription>
  /** Removes a deleted credential for good, with all its versions. Only on a manager without scope. Errors: CONFLICT, UNSUPPORTED, PERMISSION_DENIED. */
  purge(target: CredentialTarget, options?: CredentialCallOptions): Promise<{ readonly purged: boolean }>
  /** Yields what can be recovered. Only on a manager without scope. Errors: UNSUPPORTED, PERMISSION_DENIED. */
  listDeleted(options?: CredentialCallOptions): AsyncIterable<DeletedCredential>
  /** Sets damaged versions aside and makes the newest readable one the current one again. Only on a manager without scope. Errors: NOT_FOUND, UNSUPPORTED, PERMISSION_DENIED. */
  repair(target: CredentialTarget, options?: CredentialCallOptions): Promise<RepairReport>
  /** Yields what was set aside. Only on a manager without scope. Errors: UNSUPPORTED, PERMISSION_DENIED. */
  quarantined(options?: CredentialCallOptions): AsyncIterable<QuarantinedRecord>
  /** Seals every record anew that is not yet under the keyring's active key; see the function `rekey`. Only on a manager without scope. Errors: INVALID_ARGUMENT with KEYRING_MISSING. */
  rekey(options?: RekeyOptions): Promise<RekeyResult>
  /** How the cache is doing; all zero without one. */
  cacheStatistics(): CredentialCacheStatistics
  /** Forgets every cached value. Does nothing without a cache. */
  clearCache(): void
  /** Forgets one cached value. Does nothing without a cache. */
  clearCacheFor(target: CredentialTarget): void
}
