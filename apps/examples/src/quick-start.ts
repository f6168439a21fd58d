// How do I keep my secrets encrypted on this machine and use them, typed, in my program?
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

process.chdir(await mkdtemp(join(tmpdir(), 'holdfast-quick-start-')))

// #region example
import {
  apiKey,
  createCredentialManager,
  createKeyring,
  database,
  keyFile,
  requireCredentials,
} from '@holdfast/credential-core'
import { createLocalStorage } from '@holdfast/storage-local'

const storage = await createLocalStorage({ directory: './secrets', createDirectory: true })
const keyring = createKeyring({ storage, unlock: [keyFile('./vault.key', { create: true })], createIfMissing: true })
const credentials = createCredentialManager({ storage, keyring })

await credentials.store(database('db/main'), 'postgres://orders:s3cret@db.example:5432/orders')
await credentials.store(apiKey('payments/live'), 'key_9wQ2mZ7xT4kLpR8s', { expiresAt: '2031-03-31T00:00:00Z' })

// At start: everything the program needs, typed, or one error that names all that is missing, expired or malformed.
const needed = await requireCredentials(credentials, { db: database('db/main'), payments: apiKey('payments/live') })

console.log(needed.db.value) // [redacted]
console.log(needed.db.value.reveal().host) // db.example
// #endregion example

assert.equal(needed.db.value.reveal().password, 's3cret')
assert.equal(String(needed.payments.value), '[redacted]')
await credentials.close()
await storage.close()
const used = process.cwd()
process.chdir(tmpdir())
await rm(used, { recursive: true })
