import { timingSafeEqual } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import type { CallOptions } from '@holdfast/contracts'
import type { CredentialRecord } from '@holdfast/contracts/credentials'
import type { Keyring } from '../keyring/keyring.ts'
import { createSealer } from '../sealing/create-sealer.ts'
import type { Sealer } from '../sealing/sealer.ts'

/** How a record gets from one storage to the other, and whether it is there. */
export interface RecordMover {
  move(record: CredentialRecord, call: CallOptions): Promise<CredentialRecord>
  /** Whether `there` is the state that `found` is, down to every byte of the value. */
  isSame(found: CredentialRecord, there: CredentialRecord, call: CallOptions): Promise<boolean>
}

/** Makes a {@link RecordMover}: records as they are, or opened with one vault and sealed with another. */
export const createRecordMover = (
  reseal: { readonly from: Keyring; readonly to: Keyring } | undefined,
): RecordMover => {
  if (reseal === undefined) {
    return {
      move: async ({ metadata, value }) => ({ metadata, value }),
      isSame: async (found, there) =>
        isDeepStrictEqual(found.metadata, there.metadata) && areSameBytes(found.value, there.value),
    }
  }
  const opener = createSealer(reseal.from)
  const sealer = createSealer(reseal.to)
  return {
    async move(record, call) {
      const { seal, ...metadata } = record.metadata
      return sealer.seal(metadata, seal === undefined ? record.value : await opener.open(record, call), call)
    },
    async isSame(found, there, call) {
      // What the destination holds readable, or sealed with a vault that is not its own, is not what is asked for.
      if (there.metadata.seal === undefined) return false
      const { seal: _, ...before } = found.metadata
      const { seal: __, ...after } = there.metadata
      if (!isDeepStrictEqual(before, after)) return false
      return areSameBytes(await plaintextOf(found, opener, call), await sealer.open(there, call))
    },
  }
}

const plaintextOf = async (record: CredentialRecord, opener: Sealer, call: CallOptions): Promise<Uint8Array> =>
  record.metadata.seal === undefined ? record.value : opener.open(record, call)

const areSameBytes = (one: Uint8Array, other: Uint8Array): boolean =>
  one.length === other.length && timingSafeEqual(one, other)
