// How do I keep credentials in HashiCorp Vault or OpenBao?
import assert from 'node:assert/strict'
import { ServerUnavailableError, startServer } from '@holdfast/test-servers'

// A server of this machine stands in for yours, whose address and token the environment has already.
const server = await startServer('openbao').catch((error: unknown) => {
  if (!(error instanceof ServerUnavailableError) || process.env.CI === 'true') throw error
  console.log(`skipped: ${error.message}`)
  process.exit(0)
})
Object.assign(process.env, server.settings)

// #region example
import { createCredentialManager, createKeyring, passphrase } from '@holdfast/credential-core'
import { createVaultStorage } from '@holdfast/storage-vault'

const storage = createVaultStorage({ mount: 'secret', prefix: 'shop/prod' }) // VAULT_ADDR, VAULT_TOKEN, …
const unlock = [passphrase('correct horse battery staple')]
const manager = createCredentialManager({ storage, keyring: createKeyring({ storage, unlock, createIfMissing: true }) })

const { version } = await manager.store('db/main', 'password-1', { tags: { team: 'core' } })
await manager.update('db/main', 'password-2', { ifVersion: version })
console.log('versions kept:', (await storage.history('db/main')).length, '- health:', (await storage.health()).status)
// #endregion example

assert.equal((await manager.retrieve('db/main')).value.reveal(), 'password-2')
await manager.close()
await storage.close()
await server.stop()
