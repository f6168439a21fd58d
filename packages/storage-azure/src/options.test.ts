import { readFileSync } from 'node:fs'
import { Secret } from '@holdfast/contracts'
import { describe, expect, it } from 'vitest'
import { createAzureStorage } from './azure-storage.ts'
import type { AzureStorageOptions } from './options.ts'
import { azureStorageOptionsFromEnvironment } from './options-from-environment.ts'

const vaultUrl = 'https://shop.vault.azure.net'
const guid = '3f2504e0-4f89-41d3-9a0c-0305e82c3301'

const problemsOf = (options: unknown): string => {
  try {
    // Wrong on purpose.
    createAzureStorage(options as AzureStorageOptions)
  } catch (error) {
    return String(error)
  }
  return 'none'
}

describe('options', () => {
  it('says what it is bound to', () => {
    expect(createAzureStorage({ vaultUrl }).name).toBe('storage-azure (shop.vault.azure.net)')
    expect(createAzureStorage({ vaultUrl, prefix: 'app-1' }).name).toContain('prefix app-1')
  })

  it.each([
    'http://shop.vault.azure.net',
    'https://user:planted-pass@shop.vault.azure.net',
    'https://shop.vault.azure.net/secrets',
    'https://shop.vault.azure.net/?x=1',
    'shop.vault.azure.net',
    '',
    undefined,
  ])('refuses what is no https URL of a vault (%#)', (wrong) => {
    const problems = problemsOf({ vaultUrl: wrong })
    expect(problems).toContain('https URL')
    expect(problems).not.toContain('planted-pass')
  })

  it.each(['-a', 'a-', 'a--b', 'a_b', 'ä', 'a-p', 'a-p-b', 'x'.repeat(59)])('refuses the prefix %s', (prefix) => {
    expect(problemsOf({ vaultUrl, prefix })).toContain('prefix')
  })

  it('tells everything at once', () => {
    const problems = problemsOf({
      vaultUrl: 'ftp://x',
      prefix: '-',
      defaultTags: { x: 'y'.repeat(300) },
      watchIntervalMs: 1,
      settleTimeoutMs: -1,
      unknown: true,
    })
    for (const name of ['vaultUrl', 'prefix', 'defaultTags', 'watchIntervalMs', 'settleTimeoutMs', 'unknown']) {
      expect(problems).toContain(name)
    }
  })

  it.each<[string, unknown]>([
    ['a tenant that is no GUID', { type: 'service-principal', tenantId: 'acme', clientId: guid, clientSecret: 'x' }],
    ['a client that is no GUID', { type: 'managed-identity', clientId: 'me' }],
    ['neither secret nor certificate', { type: 'service-principal', tenantId: guid, clientId: guid }],
    [
      'secret and certificate',
      { type: 'service-principal', tenantId: guid, clientId: guid, clientSecret: 'x', certificatePath: 'y' },
    ],
    ['another type', { type: 'password' }],
  ])('refuses a credential with %s', (_, credential) => {
    expect(problemsOf({ vaultUrl, credential })).toContain('credential')
  })

  it('takes every kind of credential', () => {
    const credentials: AzureStorageOptions['credential'][] = [
      { type: 'default' },
      { type: 'developer-tools' },
      { type: 'managed-identity' },
      { type: 'managed-identity', clientId: guid },
      { type: 'workload-identity' },
      { type: 'service-principal', tenantId: guid, clientId: guid, clientSecret: new Secret('planted-secret') },
      { type: 'service-principal', tenantId: guid, clientId: guid, certificatePath: './app.pem' },
      { getToken: async () => null },
    ]
    for (const credential of credentials) expect(problemsOf({ vaultUrl, credential })).toBe('none')
  })

  it('says that a file of authorities is missing', () => {
    expect(problemsOf({ vaultUrl, caFile: '/nowhere/ca.pem' })).toContain('caFile')
  })
})

describe('the environment', () => {
  it.each<[string, NodeJS.ProcessEnv, unknown]>([
    ['nothing but a vault', {}, undefined],
    [
      'a secret',
      { AZURE_TENANT_ID: guid, AZURE_CLIENT_ID: guid, AZURE_CLIENT_SECRET: 'planted-secret' },
      { type: 'service-principal', tenantId: guid, clientId: guid, clientSecret: new Secret('planted-secret') },
    ],
    [
      'a certificate',
      { AZURE_TENANT_ID: guid, AZURE_CLIENT_ID: guid, AZURE_CLIENT_CERTIFICATE_PATH: 'a.pem' },
      { type: 'service-principal', tenantId: guid, clientId: guid, certificatePath: 'a.pem' },
    ],
    [
      'a federated token',
      { AZURE_TENANT_ID: guid, AZURE_CLIENT_ID: guid, AZURE_FEDERATED_TOKEN_FILE: '/t' },
      { type: 'workload-identity', tenantId: guid, clientId: guid, tokenFilePath: '/t' },
    ],
    ['an identity', { IDENTITY_ENDPOINT: 'http://x' }, { type: 'managed-identity' }],
    [
      'an identity of the user',
      { IDENTITY_ENDPOINT: 'http://x', AZURE_CLIENT_ID: guid },
      { type: 'managed-identity', clientId: guid },
    ],
  ])('names %s', (_, environment, credential) => {
    const options = azureStorageOptionsFromEnvironment({ AZURE_KEY_VAULT_URL: vaultUrl, ...environment })
    expect(options.credential).toEqual(credential)
    expect(problemsOf(options)).toBe('none')
  })

  it('leaves what is missing to be told with everything else', () => {
    const problems = problemsOf(azureStorageOptionsFromEnvironment({ AZURE_CLIENT_SECRET: 'planted-secret' }))
    expect(problems).toContain('vaultUrl')
    expect(problems).toContain('credential')
    expect(problems).not.toContain('planted-secret')
  })
})

it('reads no environment outside the function for it', () => {
  expect(readFileSync(new URL('./azure-storage.ts', import.meta.url), 'utf8')).not.toContain('process.env')
})
