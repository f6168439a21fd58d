// How do I assemble a manager step by step, with the compiler watching that nothing is missing?
import assert from 'node:assert/strict'
import { createCache } from '@holdfast/cache'
import { parseScopeId } from '@holdfast/contracts'
import { createKeyring, credentialManager, defineKind, passphrase } from '@holdfast/credential-core'
import { createMemoryStorage } from '@holdfast/storage-memory'

const storage = createMemoryStorage()
const keyring = createKeyring({ storage, unlock: [passphrase('correct horse battery staple')], createIfMissing: true })

/** A kind of your own: the form of its value, and what is wrong with one that has another. */
const licence = defineKind<string>({
  name: 'licence',
  read: (value) =>
    typeof value === 'string' && /^LIC-\d{4}-\d{4}$/.test(value)
      ? { value }
      : { problems: ['must look like LIC-1234-5678'] },
})

const base = credentialManager().kinds(licence).batchConcurrency(8).scope(parseScopeId('org:acme'))
// @ts-expect-error: there is no build() before a storage was given.
assert.equal(typeof base.build, 'function')

const credentials = base
  .storage(storage)
  .keyring(keyring)
  .cache(createCache({ capacity: 100 }), { ttlMs: 30_000 })
  .build()

const result = await credentials.storeBatch([
  { target: licence('tools/editor'), value: 'LIC-1234-5678' },
  { target: licence('tools/compiler'), value: 'not a licence' },
])
for (const item of result.items) console.log(item.id, item.ok ? 'stored' : item.error.message)
assert.equal(result.succeeded, 1)
assert.equal((await credentials.retrieve(licence('tools/editor'))).value.reveal(), 'LIC-1234-5678')
await credentials.close()
