// How do I keep credentials in AWS Secrets Manager, with the vault key locked by AWS KMS?
import assert from 'node:assert/strict'
import { CreateKeyCommand, KMSClient } from '@aws-sdk/client-kms'
import { HoldfastError } from '@holdfast/contracts'
import { ServerUnavailableError, startServer } from '@holdfast/test-servers'

// An emulator stands in for AWS; with an account of your own the environment has this already.
const server = await startServer('ministack').catch((error: unknown) => {
  if (!(error instanceof ServerUnavailableError) || process.env.CI === 'true') throw error
  console.log(`skipped: ${error.message}`)
  process.exit(0)
})
Object.assign(process.env, server.settings)
const keyId = (await new KMSClient().send(new CreateKeyCommand())).KeyMetadata?.KeyId ?? ''

// #region example
import { createCredentialManager, createKeyring } from '@holdfast/credential-core'
import { awsStorageOptionsFromEnvironment, createAwsStorage } from '@holdfast/storage-aws'
import { createKmsKeyProvider } from '@holdfast/storage-aws/kms'

const storage = createAwsStorage({ ...awsStorageOptionsFromEnvironment(), prefix: 'shop/prod' })
const keyring = createKeyring({ storage, unlock: [createKmsKeyProvider({ keyId })], createIfMissing: true })
const manager = createCredentialManager({ storage, keyring })

const { version } = await manager.store('db/main', 'password-1', { tags: { team: 'core' } })
await manager.update('db/main', 'password-2', { ifVersion: version })
console.log('now', (await manager.retrieve('db/main')).value.reveal(), '- versions:', await storage.history('db/main'))
// #endregion example

// #region deleted
await storage.delete('db/main')
const reserved = await manager.store('db/main', 'password-3').catch((error: unknown) => error)
if (HoldfastError.is(reserved)) console.log(reserved.reason, 'until', reserved.details.until)
await storage.recover('db/main') // or purge it, which frees the name
// #endregion deleted

assert.equal((await manager.retrieve('db/main')).value.reveal(), 'password-2')
assert(HoldfastError.is(reserved, 'ALREADY_EXISTS'))
await manager.close()
await storage.close()
await server.stop()
