// How does an agent see everything without being wired up?
import assert from 'node:assert/strict'

const seen: unknown[] = []

// #region example
import { subscribe, tracingChannel } from 'node:diagnostics_channel'

// Events of every package, by name.
subscribe('holdfast.resilience.attempt.failed', (event) => seen.push(event))

// Operations of whatever wears the layer, from start to end.
tracingChannel('holdfast.operation').subscribe({
  start: () => {},
  end: () => {},
  asyncStart: () => {},
  asyncEnd: (message) => seen.push(message),
  error: () => {},
})

// #endregion example

// #region layer
import { compose } from '@holdfast/contracts'
import { credentialStorageOperations } from '@holdfast/contracts/credentials'
import { standard } from '@holdfast/resilience'
import { createMemoryStorage } from '@holdfast/storage-memory'
import { diagnostics } from '@holdfast/telemetry'

const backend = createMemoryStorage()
const storage = compose(
  backend,
  diagnostics().layer(credentialStorageOperations),
  standard({ retry: { baseDelayMs: 10 } }).layer(credentialStorageOperations),
)
// #endregion layer

backend.failNextWith('UNAVAILABLE')
await storage.exists('db/main')
console.log(seen)
const [attempt, operation] = seen
assert.partialDeepStrictEqual(attempt, { operation: 'exists', attempt: 1, code: 'UNAVAILABLE' })
assert.partialDeepStrictEqual(operation, { package: 'storage-memory', operation: 'exists', id: 'db/main' })
await storage.close()
