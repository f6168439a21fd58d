// How do I keep tenants apart, so that a bug in one request cannot read another tenant's credentials?
import assert from 'node:assert/strict'
import { HoldfastError, parseScopeId } from '@holdfast/contracts'
import { createCredentialManager, createKeyring, passphrase } from '@holdfast/credential-core'
import { createMemoryStorage } from '@holdfast/storage-memory'

const storage = createMemoryStorage()
const keyring = createKeyring({ storage, unlock: [passphrase('correct horse battery staple')], createIfMissing: true })
const credentials = createCredentialManager({ storage, keyring })

const acme = credentials.withScope(parseScopeId('org:acme'))
const engineering = acme.withScope(parseScopeId('org:acme/team:eng'))
const globex = credentials.withScope(parseScopeId('org:globex'))

await acme.store('acme/billing', 'acme-billing-key')
await engineering.store('acme/eng/deploy', 'acme-deploy-key')
await globex.store('globex/billing', 'globex-billing-key')

// Every violation is told: here to the console, in production to the audit log.
credentials.on('scope.violated', ({ id, operation, allowedScope }) => {
  console.log(`refused: ${operation} of ${id} from ${allowedScope}`)
})

const idsOf = async (view: typeof acme): Promise<readonly string[]> => {
  const ids: string[] = []
  for await (const { id } of view.list({ include: 'id' })) ids.push(id)
  return ids.sort()
}

console.log('acme sees', await idsOf(acme))
console.log('its engineering team sees', await idsOf(engineering))
assert.deepEqual(await idsOf(acme), ['acme/billing', 'acme/eng/deploy'])
assert.deepEqual(await idsOf(engineering), ['acme/eng/deploy'])

const isViolation = (error: unknown): boolean => HoldfastError.is(error) && error.reason === 'SCOPE_VIOLATION'
await assert.rejects(globex.retrieve('acme/billing'), isViolation)
await assert.rejects(engineering.retrieve('acme/billing'), isViolation)
await assert.rejects(globex.store('acme/billing', 'overwritten'), isViolation)
assert.equal((await acme.retrieve('acme/eng/deploy')).value.reveal(), 'acme-deploy-key')
await credentials.close()
