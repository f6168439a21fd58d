// How do I store, read, change, list and delete a credential?
import assert from 'node:assert/strict'
import { HoldfastError } from '@holdfast/contracts'
import { createCredentialManager, createKeyring, passphrase } from '@holdfast/credential-core'
import { createMemoryStorage } from '@holdfast/storage-memory'

const storage = createMemoryStorage()
const keyring = createKeyring({ storage, unlock: [passphrase('correct horse battery staple')], createIfMissing: true })
const credentials = createCredentialManager({ storage, keyring })

const stored = await credentials.store('mail/smtp', 'first-password', { tags: { owner: 'mail-team' } })
console.log('stored', stored.id, 'at', stored.metadata.updatedAt)

const found = await credentials.retrieve('mail/smtp')
console.log('retrieved', found.id, 'printed by mistake:', found.value, 'on purpose:', found.value.reveal())

// An update that is made only over the version that was read: nobody else's change is lost.
await credentials.update('mail/smtp', 'second-password', { ifVersion: found.version })
await assert.rejects(credentials.update('mail/smtp', 'third-password', { ifVersion: found.version }), (error) =>
  HoldfastError.is(error, 'CONFLICT'),
)

for await (const { id, metadata } of credentials.list({ tags: { owner: 'mail-team' } })) {
  console.log('listed', id, metadata?.kind, metadata?.tags)
}

await credentials.delete('mail/smtp')
try {
  await credentials.retrieve('mail/smtp')
} catch (error) {
  assert(HoldfastError.is(error, 'NOT_FOUND'))
  console.log('gone:', error.message)
}

// What the backend holds is sealed: the password stands nowhere in it.
assert.equal((await credentials.recover('mail/smtp')).id, 'mail/smtp')
const record = await storage.retrieve('mail/smtp')
assert(!Buffer.from(record.value).includes('second-password'))
await credentials.close()
