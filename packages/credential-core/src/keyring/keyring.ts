import type { CallOptions } from '@holdfast/contracts'
import type { KeyProvider } from '@holdfast/contracts/credentials'
import type { Anchor } from '../sealing/anchor.ts'
import type { KeyringKey, KeyringSlot } from './keyring-document.ts'
import type { VaultKey } from './vault-key.ts'

/** A slot as it can be shown. */
export type KeySlotSummary = Omit<KeyringSlot, 'wrapped' | 'parameters'>

/** A vault key as it can be shown. */
export type VaultKeySummary = Omit<KeyringKey, 'wrapped'>

/** A keyring that has been unlocked and found authentic, as it was at that moment. */
export interface OpenKeyring {
  readonly vaultId: string
  /** ULID that grows with each change of the keyring. */
  readonly revision: string
  /** Seals new records. */
  readonly activeKey: VaultKey
  /** Authenticates anchors; the same for the life of the vault. */
  readonly anchorKey: VaultKey
  /** The key of this id, active or retired. */
  keyOf(keyId: string): VaultKey | undefined
  readonly keys: readonly VaultKeySummary[]
  readonly slots: readonly KeySlotSummary[]
}

/** Options of {@link Keyring.open}. */
export interface OpenKeyringOptions extends CallOptions {
  /** Reads the stored keyring again when what is in memory is older than this, in milliseconds. Default: never. */
  readonly maxAgeMs?: number | undefined
}

/** Options of {@link Keyring.rotate}. */
export interface RotateOptions extends CallOptions {
  /** Providers beyond those of `unlock`: every slot must be opened by one of them, because each has to take the new key. */
  readonly providers?: readonly KeyProvider[] | undefined
}

/**
 * The keys of one vault, stored in the vault's own storage, opened when first needed. Every change is a compare-and-set
 * on the stored keyring and is tried again on what another process wrote.
 *
 * Every method can reject with UNAUTHENTICATED (KEY_REJECTED: no provider opens a slot; KEYRING_MISSING: the storage has
 * none), DATA_LOSS (TAMPERED; KEYRING_MISSING: sealed records without a keyring; ROLLED_BACK, with an anchor), UNSUPPORTED (a newer format), CLOSED,
 * and with what the storage and the key providers say. Nothing stays failed: the next call tries again.
 */
export interface Keyring {
  /** Finds records and vaults restored from an older copy; absent without `anchorDirectory`. */
  readonly anchor?: Anchor | undefined
  /** The unlocked keyring: from memory, or unlocked once for all who wait. */
  open(options?: OpenKeyringOptions): Promise<OpenKeyring>
  /** Reads the stored keyring again; key providers are asked only when its active key is another. */
  reload(options?: CallOptions): Promise<OpenKeyring>
  /** Adds a way to open the vault. RESOURCE_EXHAUSTED with LIMIT_EXCEEDED beyond 32 slots. */
  addSlot(provider: KeyProvider, options?: CallOptions): Promise<KeySlotSummary>
  /** Puts another lock in the place of a slot, to change a passphrase: one step, so the vault is never without either. INVALID_ARGUMENT when there is no such slot. */
  replaceSlot(slotId: string, provider: KeyProvider, options?: CallOptions): Promise<KeySlotSummary>
  /** Takes a way to open the vault away. The last one is refused with INVALID_ARGUMENT. Who once opened the vault may have kept its key: rotate and rekey to lock them out. */
  removeSlot(slotId: string, options?: CallOptions): Promise<void>
  /** Makes a new active vault key. Records stay readable by the old one, which is retired until `rekey` is done and it is removed. INVALID_ARGUMENT naming the slots that no provider opens. */
  rotate(options?: RotateOptions): Promise<OpenKeyring>
  /** Forgets a retired key: what is still sealed with it is lost, so call `removeRetiredKeys`, which looks, instead. */
  dropRetiredKey(keyId: string, options?: CallOptions): Promise<void>
  /** Drops the keys from memory; every later call rejects with CLOSED. The storage stays open. */
  close(): void
}
