import { type CallOptions, HoldfastError, Secret } from '@holdfast/contracts'
import type { AnyCredentialStorage, Version } from '@holdfast/contracts/credentials'
import type { Anchor, AnchoredRecord } from '../sealing/anchor.ts'
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
  /** The same as `fetch`, without asking the anchor whether it is the newest: for a state that is about to be declared so. */
  fetchUnanchored(id: string, operation: string, options: FetchOptions): Promise<Credential>
}

/** Makes a {@link CredentialReader}. With an anchor, every current state that is read, or found missing, is held against what was seen before. */
export const createCredentialReader = (
  storage: AnyCredentialStorage,
  vault: RecordVault,
  anchor: Anchor | undefined,
): CredentialReader => {
  const lookAgain = async (id: string, operation: string, options: CallOptions): Promise<Credential | undefined> => {
    try {
      return await reader.fetchUnanchored(id, operation, options)
    } catch (error) {
      if (HoldfastError.is(error, 'NOT_FOUND')) return undefined
      throw error
    }
  }
  const reader: CredentialReader = {
    async fetch(id, operation, options) {
      if (anchor === undefined || options.version !== undefined) return reader.fetchUnanchored(id, operation, options)
      const { signal, deadline } = options
      const readAgain = async (): Promise<AnchoredRecord | undefined> =>
        (await lookAgain(id, operation, { signal, deadline }))?.metadata
      const found = await lookAgain(id, operation, { signal, deadline })
      await anchor.check(id, found?.metadata, readAgain, { signal, deadline })
      // Checked as missing; the storage says it in its own words.
      return found ?? reader.fetchUnanchored(id, operation, options)
    },
    async fetchIfThere(id, operation, options) {
      try {
        return await reader.fetch(id, operation, options)
      } catch (error) {
        if (HoldfastError.is(error, 'NOT_FOUND')) return undefined
        throw error
      }
    },
    async fetchUnanchored(id, operation, options) {
      const stored = await storage.retrieve(id, options)
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
