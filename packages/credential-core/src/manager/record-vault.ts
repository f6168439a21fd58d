import { type CallOptions, HoldfastError } from '@holdfast/contracts'
import type { CredentialRecord } from '@holdfast/contracts/credentials'
import type { Sealer, UnsealedMetadata } from '../sealing/sealer.ts'

/** Makes records of values and values of records, sealed or readable as the manager was told. */
export interface RecordVault {
  toRecord(metadata: UnsealedMetadata, plaintext: Uint8Array, options: CallOptions): Promise<CredentialRecord>
  /** Opens the record that was found under `id`. Errors: DATA_LOSS when it is not the one that was stored there. */
  open(id: string, record: CredentialRecord, operation: string, options: CallOptions): Promise<Uint8Array>
}

/**
 * Makes a {@link RecordVault}. With `envelope`, a record without a seal is refused: whoever can write to the backend could
 * otherwise plant one. With `backend`, records are written readable; sealed ones are still opened if there is a sealer.
 */
export const createRecordVault = (sealing: 'envelope' | 'backend', sealer: Sealer | undefined): RecordVault => ({
  async toRecord(metadata, plaintext, options) {
    if (sealing === 'envelope' && sealer !== undefined) return sealer.seal(metadata, plaintext, options)
    return { metadata, value: plaintext }
  },
  async open(id, record, operation, options) {
    if (record.metadata.id !== id) throw notWhatWasStored(id, operation, 'it is the record of another credential')
    if (record.metadata.seal === undefined) {
      if (sealing === 'envelope')
        throw notWhatWasStored(id, operation, 'it is not sealed, and this manager seals what it stores')
      return record.value
    }
    if (sealer === undefined) throw keyUnknown(id, operation)
    return sealer.open(record, options)
  },
})

const notWhatWasStored = (id: string, operation: string, why: string): HoldfastError =>
  new HoldfastError({
    code: 'DATA_LOSS',
    reason: 'TAMPERED',
    source: 'credential-core',
    operation,
    message: `The record found under ${JSON.stringify(id)} is not the one that was stored there: ${why}.`,
    hint: 'Roll back to an earlier version or store the credential again, and find out who else can write to the backend.',
    details: { id },
  })

const keyUnknown = (id: string, operation: string): HoldfastError =>
  new HoldfastError({
    code: 'DATA_LOSS',
    reason: 'KEY_UNKNOWN',
    source: 'credential-core',
    operation,
    message: `The record of ${JSON.stringify(id)} is sealed and this manager has no keyring.`,
    hint: 'Give the manager the keyring that sealed it.',
    details: { id },
  })
