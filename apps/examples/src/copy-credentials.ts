// How do I move from one backend to another without a moment in which a secret is unreadable?
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { copyCredentials, createCredentialManager, createKeyring, rawKey } from '@holdfast/credential-core'
import { createMemoryStorage } from '@holdfast/storage-memory'

const key = rawKey(randomBytes(32))
const old = createMemoryStorage()
const before = createCredentialManager({
  storage: old,
  keyring: createKeyring({ storage: old, unlock: [key], createIfMissing: true }),
})
await before.store('db/main', 'correct horse')
await before.store('stripe/live', 'battery staple')

// #region example
const storage = createMemoryStorage() // any storage: Vault, AWS, Azure, Kubernetes, files

const plan = await copyCredentials(old, storage, { dryRun: true })
console.log(`${plan.items.length} would be copied`)

const report = await copyCredentials(old, storage, {
  onProgress: ({ done, total }) => console.log(`${done} of ${total}`),
})
for (const item of report.items) if (!item.ok) console.error(item.id, item.error.message)
// Each copy was read back and compared. Run it again after an interruption: it goes on.
// #endregion example

const after = createCredentialManager({ storage, keyring: createKeyring({ storage, unlock: [key] }) })
assert.equal((await after.retrieve('db/main')).value.reveal(), 'correct horse')
const again = await copyCredentials(old, storage)
assert.deepEqual(
  again.items.map((item) => item.ok && item.value.action),
  ['unchanged', 'unchanged'],
)
