import { encodeCredentialDocument } from '@holdfast/contracts/credentials'
import { createVaultStorage } from '@holdfast/storage-vault'
import { startServer } from '@holdfast/test-servers'
import { benchId, benchRecord, compareDriver, type OpenedPair } from './compare-driver.ts'
import { startReplayServer } from './replay-server.ts'

const headers = { 'content-type': 'application/json', 'cache-control': 'no-store' }
const version = {
  created_time: '2026-11-21T12:00:40.114266883Z',
  custom_metadata: { region: 'eu' },
  deletion_time: '',
  destroyed: false,
  version: 1,
}

const answerOf = (data: unknown): string =>
  JSON.stringify({
    request_id: '66262b0f-7f76-544c-0399-85649112601b',
    lease_id: '',
    renewable: false,
    lease_duration: 0,
    data,
    wrap_info: null,
    warnings: null,
    auth: null,
  })

const answers = [
  {
    when: 'GET /v1/secret/data/',
    headers,
    body: answerOf({ data: JSON.parse(encodeCredentialDocument(benchRecord(benchId))), metadata: version }),
  },
  { when: 'POST /v1/secret/data/', headers, body: answerOf(version) },
]

const open = (address: string, token: string, close: () => Promise<unknown>): OpenedPair => {
  const storage = createVaultStorage({ address, auth: { method: 'token', token } })
  const ask = async (id: string, init?: RequestInit): Promise<unknown> => {
    const answer = await fetch(`${address}/v1/secret/data/${id}`, { headers: { 'X-Vault-Token': token }, ...init })
    return answer.json()
  }
  return {
    driver: {
      retrieve: (id) => storage.retrieve(id),
      store: (id) => storage.store(id, benchRecord(id)),
    },
    client: {
      retrieve: (id) => ask(id),
      store: (id) => ask(id, { method: 'POST', body: `{"data":${encodeCredentialDocument(benchRecord(id))}}` }),
    },
    async close() {
      await storage.close()
      await close()
    },
  }
}

/** storage-vault beside Node's own fetch. */
export const vault = compareDriver({
  name: 'storage-vault',
  client: 'fetch of Node',
  async replayed() {
    const server = await startReplayServer(answers)
    return open(server.url, 'token', server.close)
  },
  real: {
    server: 'openbao',
    async open() {
      const server = await startServer('openbao')
      const { VAULT_ADDR = '', VAULT_TOKEN = '' } = server.settings
      return open(VAULT_ADDR, VAULT_TOKEN, () => server.stop())
    },
  },
})
