import { httpAnswer } from '../http-answer.ts'
import type { ServerDefinition } from '../server-definition.ts'
import { awsSettings, awsVariables } from './aws-settings.ts'
import { vaultVersion } from './openbao-programs.ts'

/** HashiCorp Vault: no package client carries it, so only Docker or an address gives it. */
export const vault: ServerDefinition = {
  name: 'vault',
  title: 'HashiCorp Vault',
  environment: { VAULT_TEST_ADDR: 'VAULT_ADDR', VAULT_TEST_TOKEN: 'VAULT_TOKEN' },
  optional: true,
  container: {
    service: 'vault',
    portVariables: ['VAULT_PORT'],
    settings: ([port]) => ({ VAULT_ADDR: `http://127.0.0.1:${port}`, VAULT_TOKEN: 'root' }),
  },
  version: ({ VAULT_ADDR = '' }) => vaultVersion(VAULT_ADDR),
}

/** A third emulator of AWS, from Docker or an address only. */
export const localstack: ServerDefinition = {
  name: 'localstack',
  title: 'LocalStack',
  environment: awsVariables('LOCALSTACK'),
  optional: true,
  container: {
    service: 'localstack',
    portVariables: ['LOCALSTACK_PORT'],
    settings: ([port]) => awsSettings(`http://127.0.0.1:${port}`),
  },
  async version({ AWS_ENDPOINT_URL = '' }) {
    // Written by the emulator.
    const health = JSON.parse(await httpAnswer(`${AWS_ENDPOINT_URL}/_localstack/health`)) as { version?: string }
    return health.version ?? 'unknown'
  },
}
