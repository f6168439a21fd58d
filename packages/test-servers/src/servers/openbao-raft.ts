import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { httpAnswer, untilSuccess } from '../http-answer.ts'
import type { ServerDefinition } from '../server-definition.ts'
import { openbaoInstallation, secretsAreReady, vaultVersion } from './openbao-programs.ts'

/** Its configuration: everything on the disk of its private folder. */
const configuration = (folder: string, port: number, clusterPort: number): string => `
storage "raft" {
  path = "${folder}/data"
  node_id = "node-1"
  performance_multiplier = 1
}
listener "tcp" {
  address = "127.0.0.1:${port}"
  cluster_address = "127.0.0.1:${clusterPort}"
  tls_disable = true
}
api_addr = "http://127.0.0.1:${port}"
cluster_addr = "https://127.0.0.1:${clusterPort}"
`

/**
 * OpenBao with its data on disk: a restart finds everything again. It is unsealed after every start; a test seals it by the
 * API and opens it again with `VAULT_UNSEAL_KEY`. KV version 2 is at `secret/`, as in development mode.
 */
export const openbaoRaft: ServerDefinition = {
  name: 'openbao-raft',
  title: 'OpenBao on disk (raft)',
  environment: {
    OPENBAO_RAFT_ADDR: 'VAULT_ADDR',
    OPENBAO_RAFT_TOKEN: 'VAULT_TOKEN',
    OPENBAO_RAFT_UNSEAL_KEY: 'VAULT_UNSEAL_KEY',
  },
  installation: openbaoInstallation,
  async plan({ programs, folder, freePort }) {
    const port = await freePort()
    const configurationFile = join(folder, 'openbao.hcl')
    await mkdir(join(folder, 'data'))
    await writeFile(configurationFile, configuration(folder, port, await freePort()))
    const address = `http://127.0.0.1:${port}`
    const put = async (path: string, body: unknown, token = ''): Promise<string> =>
      httpAnswer(`${address}/v1/sys/${path}`, {
        method: 'PUT',
        headers: { 'x-vault-token': token },
        body: JSON.stringify(body),
        timeoutMs: 20_000,
      })
    let token = ''
    let unsealKey = ''
    return {
      settings: { VAULT_ADDR: address },
      processes: [
        {
          name: 'openbao',
          program: programs.paths.bao ?? 'bao',
          parameters: ['server', `-config=${configurationFile}`],
          environment: { HOME: folder },
          ready: async () => void (await httpAnswer(`${address}/v1/sys/seal-status`)),
        },
      ],
      async afterReady() {
        const isNew = token === ''
        if (isNew) {
          const answer = await put('init', { secret_shares: 1, secret_threshold: 1 })
          // Written by the server: https://openbao.org/api-docs/system/init/
          const keys = JSON.parse(answer) as { root_token: string; keys_base64: readonly string[] }
          token = keys.root_token
          unsealKey = keys.keys_base64[0] ?? ''
        }
        await put('unseal', { key: unsealKey })
        // The only node elects itself first.
        await untilSuccess(() => vaultVersion(address), 30_000)
        if (isNew) await put('mounts/secret', { type: 'kv', options: { version: '2' } }, token)
        await untilSuccess(() => secretsAreReady(address, token), 30_000)
        return { VAULT_TOKEN: token, VAULT_UNSEAL_KEY: unsealKey }
      },
    }
  },
  version: ({ VAULT_ADDR = '' }) => vaultVersion(VAULT_ADDR),
}
