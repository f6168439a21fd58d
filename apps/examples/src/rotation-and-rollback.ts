// How do I rotate a password, go back when the new one is wrong, and undo a delete?
import assert from 'node:assert/strict'
import { createCredentialManager, createKeyring, passphrase } from '@holdfast/credential-core'
import { createMemoryStorage } from '@holdfast/storage-memory'

const storage = createMemoryStorage()
const keyring = createKeyring({ storage, unlock: [passphrase('correct horse battery staple')], createIfMissing: true })
const credentials = createCredentialManager({ storage, keyring })

await credentials.store('db/main', 'works')
await credentials.update('db/main', 'mistyped')

const history = await credentials.history('db/main')
for (const { version, createdAt, isCurrent } of history) console.log(createdAt, version, isCurrent ? 'current' : '')

const [, previous] = history
assert(previous !== undefined)
await credentials.rollback('db/main', previous.version)
assert.equal((await credentials.retrieve('db/main')).value.reveal(), 'works')

await credentials.delete('db/main')
await credentials.recover('db/main')
console.log('after rollback, delete and recover:', (await credentials.retrieve('db/main')).value.reveal())
assert.equal((await credentials.retrieve('db/main')).value.reveal(), 'works')
await credentials.close()
