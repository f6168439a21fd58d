import type { Secret } from '@holdfast/contracts'
import type { AzureTokenCredential, CheckedAzureStorageOptions } from './options.ts'

/** The retries of the identity library: none, because retrying is a layer's. */
const withoutRetries = { retryOptions: { maxRetries: 0 } } as const

/**
 * The credential that the options name. `@azure/identity` is loaded with the first token: it takes longer to load than
 * everything else here. Whoever passes a credential of his own never loads it.
 */
export const createTokenCredential = (options: CheckedAzureStorageOptions['credential']): AzureTokenCredential => {
  if (!('type' in options)) return options
  let loading: Promise<AzureTokenCredential> | undefined
  return {
    async getToken(scopes, tokenOptions) {
      loading ??= load(options)
      return (await loading).getToken(scopes, tokenOptions)
    },
  }
}

type NamedCredential = Extract<CheckedAzureStorageOptions['credential'], { readonly type: string }>

const load = async (options: NamedCredential): Promise<AzureTokenCredential> => {
  const identity = await import('@azure/identity')
  switch (options.type) {
    case 'managed-identity':
      return options.clientId === undefined
        ? new identity.ManagedIdentityCredential(withoutRetries)
        : new identity.ManagedIdentityCredential({ clientId: options.clientId, ...withoutRetries })
    case 'service-principal': {
      const { tenantId, clientId, clientSecret, certificatePath = '' } = options
      return clientSecret === undefined
        ? new identity.ClientCertificateCredential(tenantId, clientId, { certificatePath }, withoutRetries)
        : new identity.ClientSecretCredential(tenantId, clientId, textOf(clientSecret), withoutRetries)
    }
    case 'workload-identity': {
      const { tenantId, clientId, tokenFilePath } = options
      return new identity.WorkloadIdentityCredential({
        ...(tenantId === undefined ? {} : { tenantId }),
        ...(clientId === undefined ? {} : { clientId }),
        ...(tokenFilePath === undefined ? {} : { tokenFilePath }),
        ...withoutRetries,
      })
    }
    case 'developer-tools':
      return new identity.ChainedTokenCredential(
        new identity.AzureCliCredential(),
        new identity.AzureDeveloperCliCredential(),
        new identity.AzurePowerShellCredential(),
      )
    case 'default':
      return new identity.DefaultAzureCredential(withoutRetries)
  }
}

const textOf = (secret: Secret<string> | string): string => (typeof secret === 'string' ? secret : secret.reveal())
