// How do I find out before my users do that a credential is missing, malformed, expired or due for rotation?
import assert from 'node:assert/strict'
import { createCredentialManager, createKeyring, database, passphrase } from '@holdfast/credential-core'
import { createMemoryStorage } from '@holdfast/storage-memory'

const storage = createMemoryStorage()
const keyring = createKeyring({ storage, unlock: [passphrase('correct horse battery staple')], createIfMissing: true })
const credentials = createCredentialManager({ storage, keyring })

const inDays = (days: number): Date => new Date(Date.now() + days * 86_400_000)
await credentials.store('mail/valid', 'a-key', { expiresAt: inDays(365) })
await credentials.store('mail/expired', 'an-old-key', { expiresAt: inDays(-1) })
await credentials.store(database('db/main'), { engine: 'postgres', host: 'db.example', port: 5432 })

// A malformed value is refused when it is stored, and says what is wrong without saying the value.
await assert.rejects(credentials.store(database('db/broken'), { engine: 'postgres', host: 'db.example', port: 99_999 }))

const { items } = await credentials.validateBatch(['mail/valid', 'mail/expired', 'mail/missing', database('db/main')])
for (const item of items) {
  if (!item.ok) throw item.error
  const { id, status, rotationRecommended, reasons } = item.value
  console.log(id.padEnd(14), status.padEnd(9), rotationRecommended ? 'rotate' : '', reasons.join('; '))
}
assert.deepEqual(
  items.map((item) => item.ok && item.value.status),
  ['valid', 'expired', 'notFound', 'valid'],
)
await credentials.close()
