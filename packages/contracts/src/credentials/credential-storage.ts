import type { CallOptions } from '../call-options.ts'
import type { HealthCheckable } from '../health.ts'
import type { Closeable } from '../lifecycle.ts'
import type {
  CredentialRecord,
  CredentialSummary,
  StoredCredential,
  StoredVersion,
  Version,
} from './credential-record.ts'

/** What a backend can take. Checked before anything is sent; more is INVALID_ARGUMENT with reason LIMIT_EXCEEDED. */
export interface CredentialStorageLimits {
  /** Longest value in bytes, after sealing. */
  readonly maxValueBytes: number
  readonly maxTags: number
  /** Longest id in UTF-8 bytes. */
  readonly maxIdLength: number
}

/**
 * What a backend really does. What is claimed here and fails is a defect; what is not claimed is refused with
 * UNSUPPORTED, never ignored.
 */
export interface CredentialStorageCapabilities {
  /** `ifVersion` is honoured atomically, also between processes. */
  readonly compareAndSet: boolean
  /** Earlier versions can be listed and retrieved: the storage is {@link Versioned}. */
  readonly versions: boolean
  /** Deleted credentials can be recovered until they are purged: the storage is {@link Recoverable}. */
  readonly recover: boolean
  /** Changes can be watched: the storage is {@link Watchable}. */
  readonly watch: boolean
  /** Damaged credentials can be set aside: the storage is {@link Repairable}. Absent: false. */
  readonly repair?: boolean
  readonly limits: CredentialStorageLimits
}

/** Options of `store`. */
export interface StoreOptions extends CallOptions {
  /**
   * Writes only over this version; `null` means that the credential must not exist. Anything else that is found, also
   * nothing, is CONFLICT with reason VERSION_MISMATCH. Absent: writes over whatever is there.
   */
  readonly ifVersion?: Version | null | undefined
}

/** Options of `retrieve`. */
export interface RetrieveOptions extends CallOptions {
  /** An earlier version. Absent: the current one. A version that is not kept is NOT_FOUND with reason VERSION_UNKNOWN. */
  readonly version?: Version | undefined
}

/** Options of `delete`. */
export interface DeleteOptions extends CallOptions {
  /** Deletes only this version; another one that is found, or none, is CONFLICT. */
  readonly ifVersion?: Version | undefined
}

/** Options of `list`; all of them narrow it. */
export interface ListOptions extends CallOptions {
  /** Ids that start with this text, wherever it ends. */
  readonly prefix?: string | undefined
  /** This scope and everything below it, by whole segments. */
  readonly scope?: string | undefined
  /** Tags that must all be there with exactly these values. */
  readonly tags?: Readonly<Record<string, string>> | undefined
  /** `id` yields ids only, which some backends can do in far fewer requests. Default `metadata`. */
  readonly include?: 'metadata' | 'id' | undefined
}

/**
 * Where credentials are kept. A driver implements it for one backend, does no caching, retrying or sealing of its own,
 * and is proven by the conformance suite of `@holdfast/testkit`.
 *
 * Every method may be called concurrently. A write that has resolved is durable and is seen by every later call of any
 * process. Every error is a HoldfastError; the codes each method uses are listed with it, and any of them can also
 * reject with UNAVAILABLE, TIMEOUT, RATE_LIMITED, UNAUTHENTICATED, PERMISSION_DENIED, CANCELLED or CLOSED.
 */
export interface CredentialStorage extends HealthCheckable, Closeable {
  /** The driver and what it is bound to, for logs and errors: `storage-local (/var/lib/app)`. Never a secret. */
  readonly name: string
  readonly capabilities: CredentialStorageCapabilities
  /**
   * Writes the record under `id`, which is also `record.metadata.id`, and answers when it is durable. A write that timed
   * out or was aborted after it was sent carries `details.outcome: 'unknown'`.
   * Errors: INVALID_ARGUMENT (id, limits), CONFLICT, ALREADY_EXISTS with NAME_RESERVED (a deleted name still reserved,
   * `details.until`), UNSUPPORTED (`ifVersion` without compareAndSet), RESOURCE_EXHAUSTED (disk full, quota).
   */
  store(id: string, record: CredentialRecord, options?: StoreOptions): Promise<StoredVersion>
  /** Reads a record. Errors: NOT_FOUND, DATA_LOSS (damaged or exchanged), UNSUPPORTED (`version` without versions). */
  retrieve(id: string, options?: RetrieveOptions): Promise<StoredCredential>
  /** Whether `retrieve` would find it; a deleted one does not exist. */
  exists(id: string, options?: CallOptions): Promise<boolean>
  /** Makes it gone for `retrieve`, `exists` and `list`. Deleting what is not there succeeds with `deleted: false`. */
  delete(id: string, options?: DeleteOptions): Promise<{ readonly deleted: boolean }>
  /** Yields every credential that is there throughout exactly once, in no particular order. Damaged ones are listed without metadata. */
  list(options?: ListOptions): AsyncIterable<CredentialSummary>
}

/** One kept version of a credential. */
export interface CredentialVersion {
  readonly version: Version
  readonly createdAt: string
  readonly isCurrent: boolean
}

/** A storage that keeps earlier versions; `retrieve(id, { version })` reads them. */
export interface Versioned {
  /** The versions still kept, newest first. Errors: NOT_FOUND. */
  history(id: string, options?: CallOptions): Promise<readonly CredentialVersion[]>
}

/** A credential that is deleted and can still be recovered. */
export interface DeletedCredential {
  readonly id: string
  readonly deletedAt: string
  /** Until when it can be recovered; absent when that is not limited. */
  readonly recoverableUntil?: string
}

/** A storage whose `delete` can be undone until the credential is purged. */
export interface Recoverable {
  /** Puts the state before the delete back as the current version, under a new version. Errors: NOT_FOUND (nothing deleted there), CONFLICT (it exists again). */
  recover(id: string, options?: CallOptions): Promise<StoredVersion>
  /** Removes a deleted credential and all its versions for good. Purging what is not there succeeds with `purged: false`; purging what is not deleted is CONFLICT. */
  purge(id: string, options?: CallOptions): Promise<{ readonly purged: boolean }>
  /** Yields what can be recovered. */
  listDeleted(options?: CallOptions): AsyncIterable<DeletedCredential>
}

/** Options of `watch`. */
export interface WatchOptions {
  /** Ends the watch normally. */
  readonly signal?: AbortSignal | undefined
  /** Ids that start with this text. */
  readonly prefix?: string | undefined
  /** The cursor of the last change that was handled: begins with everything after it. Absent: begins with changes from now on. */
  readonly cursor?: string | undefined
}

/** Something that changed. */
export interface CredentialChange {
  /** `resynced`: changes may have been missed (a cursor too old, a queue that ran over); list again to be sure. It has no id. */
  readonly type: 'stored' | 'deleted' | 'resynced'
  /** Empty for `resynced`. */
  readonly id: string
  /** The version that is current now; absent for `deleted` and `resynced`. */
  readonly version?: Version
  /** Hand this to `watch` to go on after this change. */
  readonly cursor: string
}

/**
 * A storage that tells of changes, also of those that other processes make. Several changes of one id while the reader is
 * busy come as one, the latest. Every change after the cursor comes at least once, a change may come twice, and what is
 * told is the state at that moment, not a log.
 */
export interface Watchable {
  /** Ends normally when the signal is aborted or the storage is closed. The watch has begun when the first `next()` has been called. */
  watch(options?: WatchOptions): AsyncIterable<CredentialChange>
}

/** Something damaged that `repair` set aside, so that nothing is lost that an expert may still want to see. */
export interface QuarantinedRecord {
  readonly id: string
  /** Where it is now: a path, a key. */
  readonly file: string
  /** What was wrong with it. */
  readonly problem: string
  /** RFC 3339, UTC. */
  readonly quarantinedAt: string
}

/** What `repair` did. */
export interface RepairReport {
  readonly id: string
  /** What it set aside; empty when nothing was damaged. */
  readonly quarantined: readonly QuarantinedRecord[]
  /** Present when the current version was damaged and an earlier one took its place: which, and its new version. */
  readonly restored?: { readonly from: Version; readonly version: Version }
}

/** A storage that can set damaged records aside. It never does so by itself: an older value is not what was asked for. */
export interface Repairable {
  /**
   * Sets every damaged version of a credential aside. If the current one was damaged, the newest earlier version that can
   * be read becomes the current one again; if there is none, the credential is gone. Errors: NOT_FOUND.
   */
  repair(id: string, options?: CallOptions): Promise<RepairReport>
  /** Yields what was set aside and is still kept. */
  quarantined(options?: CallOptions): AsyncIterable<QuarantinedRecord>
}

/** Every method a credential storage can have: what layers must know about. */
export type AnyCredentialStorage = CredentialStorage &
  Partial<Versioned> &
  Partial<Recoverable> &
  Partial<Watchable> &
  Partial<Repairable>
