import type { CallOptions } from '../call-options.ts'

/** What a provider needs to know again when it opens what it wrapped: plain values, readable by everybody, authenticated by the keyring. */
export type KeyParameters = Readonly<Record<string, string | number | boolean>>

/** A vault key that only its provider can open. */
export interface WrappedKey {
  /** Kept readable in the slot: a salt, cost parameters, the name of a KMS key. Bound them when you read them back: they come from storage. */
  readonly parameters: KeyParameters
  /** At most 4096 bytes. */
  readonly bytes: Uint8Array
}

/** Options of the two methods of a {@link KeyProvider}. */
export interface KeyProviderOptions extends CallOptions {
  /** Must be authenticated with the key: unwrapping with other associated data than it was wrapped with is refused. */
  readonly associatedData: Uint8Array
}

/**
 * Something that can lock a vault key away and get it back: a passphrase, a key file, a KMS, the transit engine of Vault.
 * A keyring calls it when it is opened and when slots or keys change, never per record.
 */
export interface KeyProvider {
  /** What kind of lock it is, `passphrase`, `key-file`, `aws-kms`: a slot is only offered to providers of its type. */
  readonly type: string
  /** Tells people which one it is (the path of a file, the name of a KMS key); kept readable in the slot. Never a secret. */
  readonly label: string
  /** Wraps a vault key of 32 bytes. The caller wipes `key` afterwards: keep no reference to it. */
  wrap(key: Uint8Array, options: KeyProviderOptions): Promise<WrappedKey>
  /**
   * Gives the vault key back, in bytes that the caller may wipe. Errors: UNAUTHENTICATED with reason KEY_REJECTED when this
   * provider does not open it (wrong passphrase, other file, altered bytes), after which the next slot is tried; what else
   * the provider says (UNAVAILABLE, PERMISSION_DENIED, …) is passed on when nothing opens the keyring.
   */
  unwrap(wrapped: WrappedKey, options: KeyProviderOptions): Promise<Uint8Array>
}
