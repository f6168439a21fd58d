import { HoldfastError } from '@holdfast/contracts'
import {
  assertCredentialRecord,
  type CredentialRecord,
  maxCredentialIdBytes,
  type StoredVersion,
  type StoreOptions,
} from '@holdfast/contracts/credentials'
import { commitVersion, type Decision, type Proposal, type Write } from './commit-version.ts'
import { requireReadable } from './credential-folder.ts'
import { notFound, source, versionMismatch } from './errors.ts'
import { encodeFolderName } from './folder-name.ts'
import { hasMetadataShape } from './record-file.ts'
import type { StoreFolder } from './store-folder.ts'
import { versionNumber } from './version-name.ts'

/** What one credential may be. Size and number of tags are bounds of reason: a record is held in memory whole. */
export const localStorageLimits = {
  maxValueBytes: 16 * 1024 * 1024,
  maxTags: 1000,
  maxIdLength: maxCredentialIdBytes,
} as const

/** Refuses what does not belong under the id, cannot be written or is too large, before anything is written. */
export const assertRecord = (id: string, record: CredentialRecord): void => {
  if (!hasMetadataShape(record.metadata)) {
    throw new HoldfastError({
      code: 'INVALID_ARGUMENT',
      reason: 'VALUE_MALFORMED',
      source,
      operation: 'store',
      message: `The record for ${JSON.stringify(id)} has metadata whose scope is no text or whose tags are not all text.`,
      hint: 'Pass tags as text by name, and a scope as text or not at all.',
      details: { id },
    })
  }
  assertCredentialRecord(id, record, localStorageLimits, source)
}

/** Writes a record over whatever is there, or over exactly `ifVersion`. */
export const storeCredential = async (
  store: StoreFolder,
  write: Write,
  record: CredentialRecord,
  ifVersion: StoreOptions['ifVersion'],
): Promise<StoredVersion> => {
  const committed = await commitVersion(store, write, decisionFor(store, write.id, record, ifVersion))
  // A decision to store never leaves things as they are.
  if (committed === undefined) throw notFound(write.id, write.operation)
  return { version: committed.version, createdAt: committed.storedAt }
}

const decisionFor = (
  store: StoreFolder,
  id: string,
  record: CredentialRecord,
  ifVersion: StoreOptions['ifVersion'],
): Decision => {
  const proposal: Proposal = { state: 'stored', record }
  if (ifVersion === undefined) return { decide: () => proposal }
  const folder = encodeFolderName(id)
  return {
    readsHead: true,
    async decide(head) {
      const exists = head !== undefined && head.file.state !== 'deleted' && head.file.state !== 'purged'
      if (ifVersion === null) {
        if (!exists) return proposal
        throw versionMismatch(id, 'store', 'it exists already', 'Store it over its version, or without ifVersion.')
      }
      const hint = 'Retrieve it again, apply the change to what is there now, and store that.'
      if (!exists) throw versionMismatch(id, 'store', 'it does not exist', hint)
      const isSameNumber = head.number === versionNumber(ifVersion)
      const file = isSameNumber ? await requireReadable(store, folder, head, id, 'store') : undefined
      if (file?.version !== ifVersion) throw versionMismatch(id, 'store', 'it has another version now', hint)
      return proposal
    },
  }
}
