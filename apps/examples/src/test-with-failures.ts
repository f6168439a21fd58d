// How do I test what my service does when its secret store fails, is slow, or loses an answer?
import assert from 'node:assert/strict'
import { HoldfastError } from '@holdfast/contracts'
import { createCredentialManager, createKeyring, passphrase } from '@holdfast/credential-core'
// #region example
import { createMemoryStorage } from '@holdfast/storage-memory'

const storage = createMemoryStorage()
const keyring = createKeyring({ storage, unlock: [passphrase('only for tests')], createIfMissing: true })
const credentials = createCredentialManager({ storage, keyring })
await credentials.store('db/main', 's3cret')

storage.failNextWith('UNAVAILABLE', { operation: 'retrieve' }) // the next one, and only that one
const failure: unknown = await credentials.retrieve('db/main').catch((error: unknown) => error)
const credential = await credentials.retrieve('db/main')
console.log(HoldfastError.is(failure) && failure.code, 'and then', credential.value, 'of', storage.count(), 'records')
// #endregion example

assert.ok(HoldfastError.is(failure, 'UNAVAILABLE'))
assert.equal(credential.value.reveal(), 's3cret')

await credentials.close()
storage.clear()
assert.equal(storage.count(), 0)
await storage.close()
