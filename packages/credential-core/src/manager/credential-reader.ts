import { type CallOptions, HoldfastError, Secret } from '@holdfast/contracts'
import type { AnyCredentialStorage, StoredCredential, Version } from '@holdfast/contracts/credentials'
import type { Credential } from './credential.ts'
import type { RecordVault } from './record-vault.ts'
import { decodeValue } from './value-codec.ts'

/** Options of a read that goes to the storage. */
export interface FetchOptions extends CallOptions {
  readonly version?: Version | undefined
}

/** Reads credentials from the storage, past every cache. */
export interface CredentialReader {
  /** Errors: NOT_FOUND, DATA_LOSS and what the storage says. */
  fetch(id: string, operation: string, options: FetchOptions): Promise<Credential>
  /** The same, with undefined for one that does not exist. */
  fetchIfThere(id: string, operation: string, options: CallOptions): Promise<Credential | undefined>
  /** Opens a record that was read already. */
  open(id: string, stored: StoredCredential, operation: string, options: CallOptions): Promise<Credential>
}

/** Makes a {@link CredentialReader}. */
export const createCredentialReader = (storage: AnyCredentialStorage, vault: RecordVault): CredentialReader => {
  const reader: CredentialReader = {
    async fetch(id, operation, options) {
      return reader.open(id, await storage.retrieve(id, options), operation, options)
    },
    async fetchIfThere(id, operation, options) {
      try {
        return await reader.fetch(id, operation, options)
      } catch (error) {
        if (HoldfastError.is(error, 'NOT_FOUND')) return undefined
        throw error
      }
    },
    async open(id, stored, operation, options) {
      const bytes = await vault.open(id, stored, operation, options)
      const { metadata, version } = stored
      const value = decodeValue({ encoding: metadata.encoding, bytes })
      if (value === undefined || isEmptyData(value)) throw unreadable(id, operation)
      const frozen = Object.freeze({ ...metadata, tags: Object.freeze({ ...metadata.tags }) })
      return Object.freeze({ id, kind: metadata.kind, value: new Secret(value), metadata: frozen, version })
    },
  }
  return reader
}

const isEmptyData = (value: string | object): boolean =>
  typeof value === 'object' &&
  !Array.isArray(value) &&
  !(value instanceof Uint8Array) &&
  Object.keys(value).length === 0

const unreadable = (id: string, operation: string): HoldfastError =>
  new HoldfastError({
    code: 'DATA_LOSS',
    reason: 'UNREADABLE',
    source: 'credential-core',
    operation,
    message: `The value of ${JSON.stringify(id)} is not what its record says it is.`,
    hint: 'Roll back to an earlier version or store the credential again.',
    details: { id },
  })
