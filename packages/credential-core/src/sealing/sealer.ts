import type { CallOptions } from '@holdfast/contracts'
import type { CredentialMetadata, CredentialRecord } from '@holdfast/contracts/credentials'

/** Metadata of a record that is about to be sealed. */
export type UnsealedMetadata = Omit<CredentialMetadata, 'seal'>

/** Turns values into records that a backend can keep without being able to read or alter them, and back. */
export interface Sealer {
  /** Seals the plaintext with the active vault key; the whole metadata is authenticated with it. Errors: KEYRING_MISSING, KEY_REJECTED, and what the keyring's storage says. */
  seal(metadata: UnsealedMetadata, plaintext: Uint8Array, options?: CallOptions): Promise<CredentialRecord>
  /** Opens a record. Anything that is not exactly what was sealed under this metadata is DATA_LOSS with reason TAMPERED, never a wrong value; a vault key this keyring does not hold is DATA_LOSS with reason KEY_UNKNOWN. */
  open(record: CredentialRecord, options?: CallOptions): Promise<Uint8Array>
}
