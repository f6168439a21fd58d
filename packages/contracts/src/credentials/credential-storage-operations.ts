import type { Operations } from '../operations.ts'
import type { CredentialRecord } from './credential-record.ts'
import type { AnyCredentialStorage } from './credential-storage.ts'

/** What layers must know of the methods of a credential storage. `store` is not idempotent by itself: without `ifVersion` a late repeat can undo somebody else's write. */
export const credentialStorageOperations: Operations<AnyCredentialStorage> = {
  store: { kind: 'unary', effect: 'write', idempotent: false, key: 0, options: 2, confirm: confirmStore },
  retrieve: { kind: 'unary', effect: 'read', idempotent: true, key: 0, options: 1 },
  exists: { kind: 'unary', effect: 'read', idempotent: true, key: 0, options: 1 },
  delete: { kind: 'unary', effect: 'write', idempotent: true, key: 0, options: 1, confirm: confirmDelete },
  list: { kind: 'stream', effect: 'read', idempotent: true, options: 0 },
  health: { kind: 'unary', effect: 'read', idempotent: true, options: 0 },
  close: { kind: 'local' },
  [Symbol.asyncDispose]: { kind: 'local' },
  history: { kind: 'unary', effect: 'read', idempotent: true, key: 0, options: 1 },
  recover: { kind: 'unary', effect: 'write', idempotent: false, key: 0, options: 1 },
  purge: { kind: 'unary', effect: 'write', idempotent: true, key: 0, options: 1 },
  listDeleted: { kind: 'stream', effect: 'read', idempotent: true, options: 0 },
  repair: { kind: 'unary', effect: 'write', idempotent: true, key: 0, options: 1 },
  quarantined: { kind: 'stream', effect: 'read', idempotent: true, options: 0 },
  watch: { kind: 'stream', effect: 'read', idempotent: true, isLive: true, options: 0 },
}

/** A store has arrived when the record under the id carries its writeId. */
async function confirmStore(inner: unknown, first: unknown, second: unknown): Promise<unknown> {
  // The table is that of a credential storage, and a call of `store` has an id and a record.
  const { metadata, version } = await (inner as AnyCredentialStorage).retrieve(first as string)
  // The record of the same call of `store`.
  const { writeId } = (second as CredentialRecord).metadata
  return metadata.writeId === writeId ? { version, createdAt: metadata.updatedAt } : undefined
}

/** A conditional delete has arrived, or somebody else's, which comes to the same, when nothing is there any more. */
async function confirmDelete(inner: unknown, first: unknown): Promise<unknown> {
  // The table is that of a credential storage, and a call of `delete` has an id.
  const exists = await (inner as AnyCredentialStorage).exists(first as string)
  return exists ? undefined : { deleted: true }
}
