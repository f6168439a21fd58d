import type { CallOptions } from '@holdfast/contracts'
import type { CredentialMetadata } from '@holdfast/contracts/credentials'

/** What the anchor looks at of a record: which state of which credential it is. */
export type AnchoredRecord = Pick<CredentialMetadata, 'id' | 'revision'>

/**
 * Remembers outside the storage the newest revision of every credential that this host has seen, so that a record or a
 * whole vault that was restored from an older copy is found. Sealing alone cannot tell: an old record is authentic.
 *
 * It comes with the keyring: `createKeyring({ storage, unlock, anchorDirectory })` gives `keyring.anchor`. The manager
 *
 * - calls `check` with each current record that it opened, and with `undefined` for each id that it did not find (not
 *   for earlier versions that were asked for by name, and not with records it has not opened);
 * - calls `writing` before a write that is not over a version it has read (a create, or any on a storage without
 *   compare-and-set), `record` when a write has succeeded, and makes the `revision` of every write greater than that of the record it
 *   replaces and than `latestRevision(id)` (the generator's `after`), writing with `ifVersion` where the storage can;
 * - calls `deleting` before and `deleted` after a delete with the state it deletes, by its version where the storage can,
 *   `recovering` before a deleted one is recovered, and `accept` when an older state is legitimately the current one again
 *   (after a recover, a damaged head that was quarantined).
 *
 * Followed by every process, this never reports a legal state: a record that looks old is read again before it is.
 * Several processes of one host share the directory; another host has an anchor of its own.
 *
 * Errors of every method: DATA_LOSS with ROLLED_BACK, DATA_LOSS with TAMPERED (the anchor itself was altered), what the
 * keyring says, and UNAVAILABLE or PERMISSION_DENIED when the directory cannot be read or written.
 */
export interface Anchor {
  /** Rejects with DATA_LOSS and ROLLED_BACK when `found` is older than what was seen, or missing or there against it. `readAgain` reads the head once more, past every cache. */
  check(
    id: string,
    found: AnchoredRecord | undefined,
    readAgain: () => Promise<AnchoredRecord | undefined>,
    options?: CallOptions,
  ): Promise<void>
  /** Says that this state is about to be written although others may write or delete at the same moment: from now on it may be there whatever they do. */
  writing(intended: AnchoredRecord, options?: CallOptions): Promise<void>
  /**
   * Remembers a state that was written; resolves when it is durable. False: others created and deleted a newer one before
   * this announced one arrived; write it again over the version it got, with a revision greater than `latestRevision`.
   */
  record(written: AnchoredRecord, options?: CallOptions): Promise<boolean>
  /** Says that this state is about to be deleted: from now on it may be there or not. */
  deleting(current: AnchoredRecord, options?: CallOptions): Promise<void>
  /** Says that the delete succeeded: from now on this state is an old one. */
  deleted(former: AnchoredRecord, options?: CallOptions): Promise<void>
  /** Says that a deleted credential is about to be recovered: from now on it may be there or not. */
  recovering(id: string, options?: CallOptions): Promise<void>
  /** Takes this state as the current one whatever was seen before. Until it is written again, it may be missing. */
  accept(current: AnchoredRecord, options?: CallOptions): Promise<void>
  /** The newest revision seen of this id, also of a deleted one: the floor of the next. */
  latestRevision(id: string, options?: CallOptions): Promise<string | undefined>
}
