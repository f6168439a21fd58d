import { type PrivateServer, startServer } from '@holdfast/test-servers'
import { sampleRecord, sampleText } from '@holdfast/testkit'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { azureStorageOf, newPrefix, scriptVault, tokensOf } from './azure-vault.ts'

let server: PrivateServer

beforeAll(async () => {
  server = await startServer('key-vault')
})
afterAll(() => server.stop())

const issued = async (command = 'state'): Promise<number> => (await scriptVault(server.settings, command)).issued

// First, because the identity library keeps a token that is still good for the whole process.
it('a token that has expired is replaced before it is used, so that no call is lost', async () => {
  await issued('expire-tokens?lifetime=1')
  const storage = azureStorageOf(server.settings, { prefix: newPrefix() })
  await storage.store('a', sampleRecord('a'))
  for (let round = 0; round < 3; round++) {
    const before = await issued('expire-tokens?lifetime=1')
    expect(sampleText((await storage.retrieve('a')).value)).toBe('a')
    expect(await issued()).toBeGreaterThan(before)
  }
})

it('a token of the managed identity is kept while it is good', async () => {
  // The identity library takes a token for expired five minutes before it is.
  const before = await issued('expire-tokens?lifetime=900')
  const storage = azureStorageOf(server.settings, { prefix: newPrefix() })
  await storage.store('a', sampleRecord('a'))
  for (let read = 0; read < 5; read++) await storage.retrieve('a')
  expect(await issued()).toBe(before + 1)
})

it('a token that is revoked before it expires is UNAUTHENTICATED, and a new process gets another', async () => {
  const prefix = newPrefix()
  const storage = azureStorageOf(server.settings, { prefix })
  await storage.store('a', sampleRecord('a'))
  await issued('expire-tokens?lifetime=900')
  // The identity library keeps it for the whole process.
  await expect(storage.retrieve('a')).rejects.toMatchObject({ code: 'UNAUTHENTICATED', retryable: false })
  expect(await storage.health()).toMatchObject({ status: 'down' })
  const another = azureStorageOf(server.settings, { prefix, credential: tokensOf(server.settings) })
  expect(sampleText((await another.retrieve('a')).value)).toBe('a')
})
