import { HoldfastError } from '@holdfast/contracts'
import type { AnyCredentialStorage } from '@holdfast/contracts/credentials'
import { type CheckedConfiguration, checkConfiguration } from './check-configuration.ts'
import type { StorageProviders } from './load-provider.ts'
import type { StoreConfiguration } from './parse-store-url.ts'

/** Options of {@link openStorage}. */
export interface OpenStorageOptions {
  /** What relative paths are relative to. Default: the working directory of the process. */
  readonly baseDirectory?: string | undefined
  /** Makes a store that is not there yet, where the backend can tell (the folder of `local`). Default false: it is NOT_FOUND. */
  readonly createIfMissing?: boolean | undefined
  /** Providers of your own, by name. */
  readonly providers?: StorageProviders | undefined
}

/**
 * Opens a credential storage named by a URL (`file:./secrets`, `memory:`) or an object (`{ provider: 'local', directory:
 * './secrets', keepVersions: 20 }`). It is the caller's to close. Errors: INVALID_ARGUMENT with every problem, or with
 * PROVIDER_UNKNOWN; UNSUPPORTED with PROVIDER_NOT_INSTALLED; and what the provider says.
 */
export const openStorage = async (
  store: string | StoreConfiguration,
  options: OpenStorageOptions = {},
): Promise<AnyCredentialStorage> =>
  openCheckedStorage(await checkConfiguration({ store }, 'openStorage', options.providers), options)

/** Opens the storage of a configuration that was found right. */
export const openCheckedStorage = async (
  { provider, providerName, storeOptions }: CheckedConfiguration,
  { baseDirectory = process.cwd(), createIfMissing = false }: OpenStorageOptions,
): Promise<AnyCredentialStorage> => {
  try {
    return await provider.createStorage(storeOptions, { baseDirectory, createIfMissing })
  } catch (error) {
    if (HoldfastError.is(error)) throw error
    throw new HoldfastError({
      code: 'INTERNAL',
      source: 'config',
      operation: 'openStorage',
      message: `The storage provider ${providerName} failed to open its storage.`,
      hint: 'The cause says what it reported; if the provider is not yours, report it there.',
      details: { provider: providerName },
      cause: error,
    })
  }
}
