// How do I cache the answers of a function, or of every read of a backend, without changing who calls them?
import assert from 'node:assert/strict'
// #region layer
import { cached, cacheReads, createCache } from '@holdfast/cache'
import { compose } from '@holdfast/contracts'
import { credentialStorageOperations } from '@holdfast/contracts/credentials'
import { createMemoryStorage } from '@holdfast/storage-memory'

const backend = createMemoryStorage({ latencyMs: 20 })
const storage = compose(
  backend,
  cacheReads({
    operations: credentialStorageOperations, // says which methods read, which write, and what their key is
    reads: ['retrieve', 'exists'],
    cache: createCache({ capacity: 1000 }),
    ttlMs: 60_000,
  }),
)
// #endregion layer

await storage.exists('db/main')
const startedAt = performance.now()
for (let call = 0; call < 1000; call++) await storage.exists('db/main')
const elapsedMs = performance.now() - startedAt
console.log(`1000 reads of a backend that takes 20 ms: ${elapsedMs.toFixed(1)} ms`)
assert(elapsedMs < 10_000, 'the reads came from the cache')

// A write through the layer takes the cached answers of its key away.
await storage.delete('db/main')
assert.equal(await storage.exists('db/main'), false)

// #region cached
let calls = 0
const rate = cached(
  async (from: string, to: string) => {
    calls += 1
    return `${from}/${to}: 1.08`
  },
  { key: (from, to) => `${from}/${to}`, ttlMs: 60_000 },
)
await Promise.all([rate('EUR', 'USD'), rate('EUR', 'USD')])
console.log(await rate('EUR', 'USD'), 'after', calls, 'call') // EUR/USD: 1.08 after 1 call
// #endregion cached
assert.equal(calls, 1)
await storage.close()
