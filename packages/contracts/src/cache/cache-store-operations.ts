import type { Operations } from '../operations.ts'
import type { AnyCacheStore } from './cache-store.ts'

/** What layers must know of the methods of a cache store. */
export const cacheStoreOperations: Operations<AnyCacheStore> = {
  get: { kind: 'unary', effect: 'read', idempotent: true, key: 0, options: 1 },
  set: { kind: 'unary', effect: 'write', idempotent: true, key: 0, options: 2 },
  delete: { kind: 'unary', effect: 'write', idempotent: true, key: 0, options: 1 },
  clear: { kind: 'unary', effect: 'write', idempotent: true, options: 0 },
  health: { kind: 'unary', effect: 'read', idempotent: true, options: 0 },
  close: { kind: 'local' },
  [Symbol.asyncDispose]: { kind: 'local' },
  deleteByTag: { kind: 'unary', effect: 'write', idempotent: true, key: 0, options: 1 },
  increment: { kind: 'unary', effect: 'write', idempotent: false, key: 0, options: 2 },
  compareAndSet: { kind: 'unary', effect: 'write', idempotent: false, key: 0, options: 2 },
  invalidations: { kind: 'stream', effect: 'read', idempotent: true, isLive: true, options: 0 },
}
