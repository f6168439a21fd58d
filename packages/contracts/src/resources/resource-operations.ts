import type { Operations } from '../operations.ts'
import type { Lease } from './lease.ts'
import type { Pool } from './pool.ts'
import type { ResourceAdapter } from './resource-adapter.ts'

/** What layers must know of the methods of a pool. A lease that comes after a timeout has answered its caller is released. */
export const poolOperations: Operations<Pool<unknown>> = {
  start: { kind: 'unary', effect: 'read', idempotent: true, options: 0 },
  acquire: { kind: 'unary', effect: 'read', idempotent: true, options: 0, onAbandoned: releaseLate },
  tryAcquire: { kind: 'local' },
  use: { kind: 'callback', effect: 'write', options: 1 },
  resize: { kind: 'local' },
  retain: { kind: 'local' },
  advanceEpoch: { kind: 'local' },
  drain: { kind: 'unary', effect: 'read', idempotent: true, options: 0 },
  statistics: { kind: 'local' },
  instances: { kind: 'local' },
  health: { kind: 'unary', effect: 'read', idempotent: true, options: 0 },
  on: { kind: 'local' },
  events: { kind: 'local' },
  close: { kind: 'local' },
  [Symbol.asyncDispose]: { kind: 'local' },
}

function releaseLate(result: unknown): void {
  // The result of `acquire`.
  const lease = result as Lease<unknown>
  lease.release()
}

/**
 * What layers must know of the methods of this adapter: a breaker or a timeout around `create`, say. What a create answers
 * after a timeout has given it up is destroyed, through this adapter.
 */
export const resourceAdapterOperations = <T>(adapter: ResourceAdapter<T>): Operations<ResourceAdapter<T>> => ({
  create: {
    kind: 'unary',
    effect: 'write',
    idempotent: true,
    options: 0,
    onAbandoned: (result) => {
      // The result of `create`.
      destroyLate(adapter, result as T).catch(() => {})
    },
  },
  validate: { kind: 'unary', effect: 'read', idempotent: true, options: 1 },
  reset: { kind: 'unary', effect: 'write', idempotent: true, options: 1 },
  destroy: { kind: 'unary', effect: 'write', idempotent: false, options: 1 },
  isBroken: { kind: 'local' },
  health: { kind: 'unary', effect: 'read', idempotent: true, options: 1 },
})

// Asynchronous, so that an adapter that throws at once is one that rejects.
async function destroyLate<T>(adapter: ResourceAdapter<T>, resource: T): Promise<void> {
  await adapter.destroy(resource, {})
}
