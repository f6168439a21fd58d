import type { Operations } from '../operations.ts'
import type { AnyCredentialStorage } from './credential-storage.ts'

/** What layers must know of the methods of a credential storage. `store` is not idempotent by itself: without `ifVersion` a late repeat can undo somebody else's write. */
export const credentialStorageOperations: Operations<AnyCredentialStorage> = {
  store: { kind: 'unary', effect: 'write', idempotent: false, key: 0, options: 2 },
  retrieve: { kind: 'unary', effect: 'read', idempotent: true, key: 0, options: 1 },
  exists: { kind: 'unary', effect: 'read', idempotent: true, key: 0, options: 1 },
  delete: { kind: 'unary', effect: 'write', idempotent: true, key: 0, options: 1 },
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
  watch: { kind: 'stream', effect: 'read', idempotent: true, options: 0 },
}
