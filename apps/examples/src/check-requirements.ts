// How do I find out in CI, before anything starts, that a credential is missing or has expired?
import assert from 'node:assert/strict'
// #region example
import { apiKey, createCredentialManager, database, requireCredentials } from '@holdfast/credential-core'
import { createMemoryStorage } from '@holdfast/storage-memory'

export const requirements = { db: database('db/main'), payments: apiKey('payments/live') }
// #endregion example

const storage = createMemoryStorage()
const credentials = createCredentialManager({ storage, sealing: 'backend' })
await credentials.store(database('db/main'), 'postgres://orders:s3cret@db.example:5432/orders')

const error: unknown = await requireCredentials(credentials, requirements).catch((thrown: unknown) => thrown)
console.log(String(error))
assert.match(String(error), /payments \(api-key "payments\/live"\) is missing/)
await credentials.close()
await storage.close()
