import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { PlanContext, ServerDefinition, ServerPlan } from '../server-definition.ts'
import { openbaoInstallation, secretsAreReady, vaultVersion } from './openbao-programs.ts'

const caOf = async (file: string | undefined): Promise<string | undefined> =>
  file === undefined ? undefined : readFile(file, 'utf8')

/** A server in memory, unsealed, with KV version 2 at `secret/`. */
const planDevelopment = async (
  { programs, folder, freePort }: PlanContext,
  { tls }: { readonly tls: boolean },
): Promise<ServerPlan> => {
  const port = await freePort()
  const address = `${tls ? 'https' : 'http'}://127.0.0.1:${port}`
  const token = `root-${randomBytes(12).toString('hex')}`
  const ca = join(folder, 'vault-ca.pem')
  return {
    settings: { VAULT_ADDR: address, VAULT_TOKEN: token, ...(tls ? { VAULT_CACERT: ca } : {}) },
    processes: [
      {
        name: 'openbao',
        program: programs.paths.bao ?? 'bao',
        parameters: [
          ...['server', '-dev', '-dev-no-store-token', `-dev-listen-address=127.0.0.1:${port}`],
          ...(tls ? ['-dev-tls', `-dev-tls-cert-dir=${folder}`] : []),
        ],
        // Not as a parameter: those can be read in the list of processes.
        environment: { BAO_DEV_ROOT_TOKEN_ID: token, HOME: folder },
        ready: async () => secretsAreReady(address, token, tls ? await caOf(ca) : undefined),
      },
    ],
  }
}

/** OpenBao in memory over http: what most suites want. A restart begins empty. */
export const openbao: ServerDefinition = {
  name: 'openbao',
  title: 'OpenBao',
  environment: { OPENBAO_ADDR: 'VAULT_ADDR', OPENBAO_TOKEN: 'VAULT_TOKEN' },
  installation: openbaoInstallation,
  container: {
    service: 'openbao',
    portVariables: ['OPENBAO_PORT'],
    settings: ([port]) => ({ VAULT_ADDR: `http://127.0.0.1:${port}`, VAULT_TOKEN: 'root' }),
  },
  plan: (context) => planDevelopment(context, { tls: false }),
  version: ({ VAULT_ADDR = '' }) => vaultVersion(VAULT_ADDR),
}

/** The same over https, with a certificate authority of its own in `VAULT_CACERT`. */
export const openbaoTls: ServerDefinition = {
  name: 'openbao-tls',
  title: 'OpenBao with TLS',
  environment: { OPENBAO_TLS_ADDR: 'VAULT_ADDR', OPENBAO_TLS_TOKEN: 'VAULT_TOKEN', OPENBAO_TLS_CACERT: 'VAULT_CACERT' },
  installation: openbaoInstallation,
  plan: (context) => planDevelopment(context, { tls: true }),
  version: async ({ VAULT_ADDR = '', VAULT_CACERT }) => vaultVersion(VAULT_ADDR, await caOf(VAULT_CACERT)),
}
