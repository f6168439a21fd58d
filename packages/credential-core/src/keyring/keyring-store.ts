import type { KeyObject } from 'node:crypto'
import { type Clock, HoldfastError, toTimestamp, type UlidGenerator } from '@holdfast/contracts'
import type { AnyCredentialStorage, CredentialRecord, StoredCredential, Version } from '@holdfast/contracts/credentials'
import {
  decodeKeyring,
  encodeKeyring,
  type KeyringDocument,
  keyringId,
  type UnverifiedKeyring,
} from './keyring-document.ts'
import type { VaultKey } from './vault-key.ts'

/** A keyring as the storage holds it. */
export interface StoredKeyring extends UnverifiedKeyring {
  readonly version: Version
}

/** Reads and writes the record that holds the keyring. */
export interface KeyringStore {
  /** Undefined when the storage has none. */
  read(): Promise<StoredKeyring | undefined>
  /** Writes over this version (`null`: where there is none) and answers the new version, or undefined when another process was faster. */
  write(
    document: KeyringDocument,
    activeKey: VaultKey,
    over: Version | null,
    signal?: AbortSignal,
  ): Promise<Version | undefined>
  /** Throws DATA_LOSS with KEYRING_MISSING when the storage has sealed records, whose keyring must have been lost. */
  refuseSealedRecords(): Promise<void>
}

/** Makes a {@link KeyringStore}. */
export const createKeyringStore = (
  storage: AnyCredentialStorage,
  nextUlid: UlidGenerator,
  clock: Clock,
): KeyringStore => {
  const retrieve = async (): Promise<StoredCredential | undefined> => {
    try {
      return await storage.retrieve(keyringId)
    } catch (error) {
      if (HoldfastError.is(error, 'NOT_FOUND')) return undefined
      throw error
    }
  }

  return {
    async read() {
      const stored = await retrieve()
      return stored === undefined ? undefined : { ...decodeKeyring(stored.value), version: stored.version }
    },
    async write(document, activeKey, over, signal) {
      const record = recordOf(document, activeKey.key, nextUlid(), toTimestamp(clock.wallNow()))
      const ifVersion = storage.capabilities.compareAndSet ? { ifVersion: over } : {}
      try {
        const { version } = await storage.store(keyringId, record, { ...ifVersion, signal })
        return version
      } catch (error) {
        if (!HoldfastError.is(error, 'CONFLICT')) throw error
        // The write may have arrived although its answer was lost, and a layer repeated it: then what is there is ours.
        const found = await retrieve()
        return found?.metadata.writeId === record.metadata.writeId ? found.version : undefined
      }
    },
    async refuseSealedRecords() {
      for await (const { metadata } of storage.list()) if (metadata?.seal !== undefined) throw keyringLost(storage.name)
    },
  }
}

const recordOf = (document: KeyringDocument, activeKey: KeyObject, writeId: string, now: string): CredentialRecord => ({
  metadata: {
    id: keyringId,
    kind: 'holdfast-keyring',
    encoding: 'text',
    tags: {},
    createdAt: document.createdAt,
    updatedAt: now,
    revision: document.revision,
    writeId,
  },
  value: encodeKeyring(document, activeKey),
})

const keyringLost = (storageName: string): HoldfastError =>
  new HoldfastError({
    code: 'DATA_LOSS',
    reason: 'KEYRING_MISSING',
    source: 'credential-core',
    operation: 'unlock',
    message: `${storageName} holds sealed records but no keyring; a new keyring could not open them.`,
    hint: `Restore the record ${keyringId} from a backup, or use an empty storage for a new vault.`,
  })
