import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { request } from 'node:https'
import type { ServerSettings } from '@holdfast/test-servers'
import type { CredentialStorageHarness } from '@holdfast/testkit'
import { type AzureStorage, createAzureStorage } from '../src/azure-storage.ts'
import type { AzureStorageOptions, AzureTokenCredential } from '../src/options.ts'

/** Makes storages in the vault of a test server, with the managed identity that the server plays. */
export const azureStorageOf = (settings: ServerSettings, options: Partial<AzureStorageOptions> = {}): AzureStorage => {
  // The identity library reads its endpoint from the environment only.
  for (const name of ['IDENTITY_ENDPOINT', 'IDENTITY_HEADER']) {
    if (settings[name] !== undefined) process.env[name] = settings[name]
  }
  const isReal = settings.KEY_VAULT_CA === undefined
  return createAzureStorage({
    vaultUrl: settings.AZURE_KEY_VAULT_URL ?? '',
    watchIntervalMs: 100,
    ...(isReal ? {} : { credential: { type: 'managed-identity' }, caFile: settings.KEY_VAULT_CA, allowAnyHost: true }),
    ...options,
  })
}

/** Tokens from the server itself: the identity library keeps the endpoint it has seen first for the whole process. */
export const tokensOf = (settings: ServerSettings): AzureTokenCredential => ({
  async getToken() {
    const answer = await fetch(`${settings.IDENTITY_ENDPOINT}?resource=https://vault.azure.net`, {
      headers: { 'x-identity-header': settings.IDENTITY_HEADER ?? '' },
    })
    // Written by the server.
    const { access_token: token, expires_on } = (await answer.json()) as { access_token: string; expires_on: string }
    return { token, expiresOnTimestamp: Number(expires_on) * 1000 }
  },
})

/** A prefix that nothing else uses. */
export const newPrefix = (): string => `t${randomBytes(6).toString('hex')}`

/** The storages of the conformance suite: each case has a prefix of its own. */
export const azureHarness = (name: string, settings: () => ServerSettings): CredentialStorageHarness => ({
  name,
  async create() {
    const prefix = newPrefix()
    const storage = azureStorageOf(settings(), { prefix })
    return { storage, open: async () => azureStorageOf(settings(), { prefix }), cleanup: () => storage.close() }
  },
  patienceMs: 10_000,
})

/** Sends a command to the fake, as its source describes them. */
export const scriptVault = (settings: ServerSettings, command: string): Promise<{ readonly issued: number }> =>
  new Promise((resolve, reject) => {
    const ca = readFileSync(settings.KEY_VAULT_CA ?? '', 'utf8')
    const sent = request(
      `${settings.AZURE_KEY_VAULT_URL}/test/${command}`,
      { method: 'POST', ca, agent: false },
      (response) => {
        let body = ''
        response.on('data', (chunk: Buffer) => {
          body += chunk.toString('utf8')
        })
        response.on('end', () => resolve(JSON.parse(body)))
      },
    )
    sent.on('error', reject)
    sent.end()
  })
