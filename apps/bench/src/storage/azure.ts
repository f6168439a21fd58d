import { readFileSync } from 'node:fs'
import { SecretClient } from '@azure/keyvault-secrets'
import { createAzureStorage } from '@holdfast/storage-azure'
import { type ServerSettings, startServer } from '@holdfast/test-servers'
import { benchId, benchRecord, compareDriver, type OpenedPair } from './compare-driver.ts'
import { createLoopbackCertificate } from './loopback-certificate.ts'
import { startReplayServer } from './replay-server.ts'

/** What the driver stores for the record of the benchmark: the client alone has to say the same. */
const contentOf = (id: string): { readonly value: string; readonly tags: Record<string, string> } => {
  const { metadata, value } = benchRecord(id)
  const parts = JSON.stringify([1, metadata.revision, metadata]).match(/.{1,256}/gs) ?? []
  return {
    value: Buffer.from(value).toString('base64'),
    tags: { ...Object.fromEntries(parts.map((part, index) => [`holdfast-${index}`, part])), ...metadata.tags },
  }
}

const contentType = 'application/vnd.holdfast.base64'
const headers = {
  'content-type': 'application/json; charset=utf-8',
  'x-ms-keyvault-region': 'westeurope',
  'x-ms-request-id': '8f7c2d1e-0000-4000-8000-000000000000',
}
const body = JSON.stringify({
  ...contentOf(benchId),
  contentType,
  id: 'https://vault.vault.azure.net/secrets/service-main/4387e9f3d6e14c459867679a90fd0f79',
  attributes: {
    enabled: true,
    created: 1_769_904_000,
    updated: 1_769_904_000,
    recoveryLevel: 'Recoverable+Purgeable',
    recoverableDays: 90,
  },
})

const answers = [
  {
    // The first request has no token: the vault answers who gives them out.
    header: 'authorization',
    when: 'undefined',
    status: 401,
    headers: {
      ...headers,
      'www-authenticate':
        'Bearer authorization="https://login.windows.net/00000000-0000-0000-0000-000000000000", resource="https://vault.azure.net"',
    },
    body: '{"error":{"code":"Unauthorized","message":"AKV10000: Request is missing a Bearer or PoP token."}}',
  },
  { when: 'GET /secrets/', headers, body },
  { when: 'PUT /secrets/', headers, body },
]

interface Vault {
  readonly url: string
  readonly caFile: string
  readonly getToken: () => Promise<{ token: string; expiresOnTimestamp: number }>
  readonly close: () => Promise<unknown>
}

const open = ({ url, caFile, getToken, close }: Vault): OpenedPair => {
  const storage = createAzureStorage({ vaultUrl: url, credential: { getToken }, allowAnyHost: true, caFile })
  const client = new SecretClient(
    url,
    { getToken },
    {
      disableChallengeResourceVerification: true,
      retryOptions: { maxRetries: 0 },
      tlsOptions: { ca: readFileSync(caFile) },
    },
  )
  // The names that the driver gives them.
  const nameOf = (id: string): string => id.replaceAll('/', '-2f')
  return {
    driver: {
      retrieve: (id) => storage.retrieve(id),
      store: (id) => storage.store(id, benchRecord(id)),
    },
    client: {
      retrieve: (id) => client.getSecret(nameOf(id)),
      store(id) {
        const { value, tags } = contentOf(id)
        return client.setSecret(nameOf(id), value, { contentType, tags })
      },
    },
    async close() {
      await storage.close()
      await close()
    },
  }
}

const tokenOf = ({ IDENTITY_ENDPOINT = '', IDENTITY_HEADER = '' }: ServerSettings): Vault['getToken'] => {
  return async () => {
    const answer = await fetch(`${IDENTITY_ENDPOINT}?resource=https://vault.azure.net`, {
      headers: { 'x-identity-header': IDENTITY_HEADER },
    })
    // Written by the server of this repository.
    const { access_token: token } = (await answer.json()) as { readonly access_token: string }
    return { token, expiresOnTimestamp: Date.now() + 3_600_000 }
  }
}

/** storage-azure beside the client of Azure. */
export const azure = compareDriver({
  name: 'storage-azure',
  client: 'SecretClient',
  async replayed() {
    const certificate = await createLoopbackCertificate()
    const server = await startReplayServer(answers, certificate)
    return open({
      url: server.url,
      caFile: certificate.file,
      getToken: async () => ({ token: 'token', expiresOnTimestamp: Date.now() + 3_600_000 }),
      async close() {
        await server.close()
        await certificate.remove()
      },
    })
  },
  real: {
    server: 'key-vault',
    async open() {
      const server = await startServer('key-vault')
      const { AZURE_KEY_VAULT_URL: url = '', KEY_VAULT_CA: caFile = '' } = server.settings
      return open({ url, caFile, getToken: tokenOf(server.settings), close: () => server.stop() })
    },
  },
})
