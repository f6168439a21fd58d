import { Secret } from '@holdfast/contracts'
import type { AzureStorageOptions } from './options.ts'

/**
 * The options that the environment names, for `createAzureStorage`: AZURE_KEY_VAULT_URL; AZURE_CLIENT_ID, AZURE_TENANT_ID
 * and AZURE_CLIENT_SECRET or AZURE_CLIENT_CERTIFICATE_PATH for a service principal; AZURE_FEDERATED_TOKEN_FILE for workload
 * identity; IDENTITY_ENDPOINT (with AZURE_CLIENT_ID) for a managed identity. What is there wins in this order; with none
 * of them `@azure/identity` looks for itself. What is missing or wrong, `createAzureStorage` says.
 */
export const azureStorageOptionsFromEnvironment = (
  environment: NodeJS.ProcessEnv = process.env,
): AzureStorageOptions => {
  const vaultUrl = environment.AZURE_KEY_VAULT_URL ?? ''
  const credential = credentialFromEnvironment(environment)
  return { vaultUrl, ...(credential === undefined ? {} : { credential }) }
}

const credentialFromEnvironment = (environment: NodeJS.ProcessEnv): AzureStorageOptions['credential'] => {
  const {
    AZURE_TENANT_ID: tenantId = '',
    AZURE_CLIENT_ID: clientId,
    AZURE_CLIENT_SECRET: clientSecret,
    AZURE_CLIENT_CERTIFICATE_PATH: certificatePath,
    AZURE_FEDERATED_TOKEN_FILE: tokenFilePath,
    IDENTITY_ENDPOINT: endpoint,
  } = environment
  if (clientSecret !== undefined) {
    return { type: 'service-principal', tenantId, clientId: clientId ?? '', clientSecret: new Secret(clientSecret) }
  }
  if (certificatePath !== undefined) {
    return { type: 'service-principal', tenantId, clientId: clientId ?? '', certificatePath }
  }
  if (tokenFilePath !== undefined) {
    return {
      type: 'workload-identity',
      tokenFilePath,
      ...(tenantId === '' ? {} : { tenantId }),
      ...(clientId === undefined ? {} : { clientId }),
    }
  }
  if (endpoint === undefined) return undefined
  return { type: 'managed-identity', ...(clientId === undefined ? {} : { clientId }) }
}
