import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { httpAnswer } from '../http-answer.ts'
import type { ServerDefinition } from '../server-definition.ts'

const program = join(import.meta.dirname, '../../key-vault/main.ts')

/**
 * Azure Key Vault as its documentation describes it: a strict fake of this repository, because no emulator can be had
 * without containers. `AZURE_KEY_VAULT_URL` with the variables of a credential runs the same suites on a real vault.
 */
export const keyVault: ServerDefinition = {
  name: 'key-vault',
  title: 'Key Vault fake of this repository',
  environment: { AZURE_KEY_VAULT_URL: 'AZURE_KEY_VAULT_URL' },
  installation: {
    id: 'key-vault',
    cost: 'nothing',
    needs: [],
    findOnMachine: async () => ({ paths: { node: process.execPath } }),
    fetch: async () => {},
    programs: async () => ({ paths: { node: process.execPath } }),
  },
  async plan({ programs, folder, freePort }) {
    const port = await freePort()
    const identityPort = await freePort()
    const address = `https://localhost:${port}`
    const certificateFile = join(folder, 'key-vault.crt')
    const headerFile = join(folder, 'identity-header')
    return {
      settings: {
        AZURE_KEY_VAULT_URL: address,
        KEY_VAULT_CA: certificateFile,
        IDENTITY_ENDPOINT: `http://127.0.0.1:${identityPort}/token`,
      },
      processes: [
        {
          name: 'key-vault',
          program: programs.paths.node ?? process.execPath,
          parameters: [program, String(port), String(identityPort), folder],
          ready: async () => {
            const ca = await readFile(certificateFile, 'utf8')
            await httpAnswer(`${address}/secrets`, { ca, accept: (status) => status === 401 })
          },
        },
      ],
      afterReady: async () => ({ IDENTITY_HEADER: await readFile(headerFile, 'utf8') }),
    }
  },
  version: async () => 'api 7.6',
}
