// How do I make reading a credential on every request cost next to nothing?
import assert from 'node:assert/strict'
import { createCache } from '@holdfast/cache'
import { createCredentialManager, createKeyring, passphrase } from '@holdfast/credential-core'
import { createMemoryStorage } from '@holdfast/storage-memory'

// A backend that takes 20 milliseconds for an answer, as one across a network does.
const storage = createMemoryStorage({ latencyMs: 20 })
const keyring = createKeyring({ storage, unlock: [passphrase('correct horse battery staple')], createIfMissing: true })
const cache = createCache({ capacity: 1000, ttlJitter: 0.1 })
const credentials = createCredentialManager({ storage, keyring, cache, cacheTtlMs: 60_000 })

await credentials.store('payments/live', 'first-key')

for (let request = 0; request < 1000; request++) await credentials.retrieve('payments/live')
console.log('after 1000 requests', credentials.cacheStatistics())

// A write is seen at once by this process; other processes see it when the TTL has passed, or by `watch`.
await credentials.update('payments/live', 'second-key')
assert.equal((await credentials.retrieve('payments/live')).value.reveal(), 'second-key')

credentials.clearCacheFor('payments/live')
const { hits, misses } = credentials.cacheStatistics()
assert(hits >= 998 && misses <= 3, `${hits} hits and ${misses} misses`)
await credentials.close()
