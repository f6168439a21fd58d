// How do I add something of my own (counting, tracing, refusing) to every call of a storage?
import assert from 'node:assert/strict'
// #region layer
import { compose, HoldfastError, intercept, type Layer } from '@holdfast/contracts'
import { type CredentialStorage, credentialStorageOperations } from '@holdfast/contracts/credentials'
import { createMemoryStorage } from '@holdfast/storage-memory'

/** Counts calls by the name of their operation. */
const counting =
  (counts: Map<string, number>): Layer<CredentialStorage> =>
  (inner) =>
    intercept(inner, credentialStorageOperations, {
      unary(call, next, first, second, third) {
        counts.set(call.name, (counts.get(call.name) ?? 0) + 1)
        return next(first, second, third)
      },
    })

/** Refuses every write. */
const readOnly: Layer<CredentialStorage> = (inner) =>
  intercept(inner, credentialStorageOperations, {
    unary: (call, next, first, second, third) =>
      call.effect === 'read' ? next(first, second, third) : Promise.reject(refusal(call.name)),
  })
// #endregion layer

const refusal = (operation: string): HoldfastError =>
  new HoldfastError({
    code: 'PERMISSION_DENIED',
    reason: 'READ_ONLY',
    source: 'examples',
    operation,
    message: `${operation} is not allowed here.`,
    hint: 'Use the storage itself to write.',
  })

// #region compose
const counts = new Map<string, number>()
const storage = createMemoryStorage()
const layered = compose(storage, counting(counts), readOnly) // counting is outermost: refused calls count too

await layered.exists('db/main')
await layered.delete('db/main').catch((error) => console.log(error.code, error.reason)) // PERMISSION_DENIED READ_ONLY
console.log(counts) // Map(2) { 'exists' => 1, 'delete' => 1 }
console.log(layered.count()) // 0: what the storage can do beyond the contract is still there, and typed
// #endregion compose

assert.deepEqual(
  [...counts],
  [
    ['exists', 1],
    ['delete', 1],
  ],
)
assert.equal(layered.count(), 0)
await layered.close()
