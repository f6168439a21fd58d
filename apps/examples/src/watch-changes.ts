// How does a running service learn of a new password without polling and without a restart?
import assert from 'node:assert/strict'
import { createCredentialManager, createKeyring, opaque, passphrase } from '@holdfast/credential-core'
import { createMemoryStorage } from '@holdfast/storage-memory'

const storage = createMemoryStorage()
const keyring = createKeyring({ storage, unlock: [passphrase('correct horse battery staple')], createIfMissing: true })
const operator = createCredentialManager({ storage, keyring })
const service = createCredentialManager({ storage, keyring })

await operator.store('db/main', 'password-1')

// A source is all that a pool or a client needs to know: retrieve, and be told when to retrieve again.
const source = service.source(opaque('db/main'))
assert(source.watch !== undefined)
const stop = new AbortController()
const changes = source.watch({ signal: stop.signal })[Symbol.asyncIterator]()
const change = changes.next()

await operator.update('db/main', 'password-2')
await change
const { value, version } = await source.retrieve({ fresh: true })
console.log('told of version', version, 'and retrieved', value)
assert.equal(value.reveal(), 'password-2')

stop.abort()
await operator.close()
await service.close()
