import { HoldfastError, type Logger, type Metrics } from '@holdfast/contracts'
import type { AnyCredentialStorage } from '@holdfast/contracts/credentials'
import { type CheckedConfiguration, checkConfiguration } from './check-configuration.ts'
import { composeMetrics, type TelemetryConfiguration } from './compose-metrics.ts'
import { composeResilience, type ResilienceConfiguration } from './compose-resilience.ts'
import type { StorageProviders } from './load-provider.ts'
import type { StoreConfiguration } from './parse-store-url.ts'

/** Options of {@link openStorage}. */
export interface OpenStorageOptions {
  /** What relative paths are relative to. Default: the working directory of the process. */
  readonly baseDirectory?: string | undefined
  /** Makes a store that is not there yet, where the backend can tell (the folder of `local`). Default false: it is NOT_FOUND. */
  readonly createIfMissing?: boolean | undefined
  /** Where providers look for credentials and what else the store leaves out. Default: the environment of the process. */
  readonly environment?: NodeJS.ProcessEnv | undefined
  /** Providers of your own, by name. */
  readonly providers?: StorageProviders | undefined
  /** Retries and deadlines. Default: the standard stack around aws, azure, vault and k8s, nothing around the others; `false` for never. */
  readonly resilience?: ResilienceConfiguration | undefined
  /** Told of retries and circuits, and by the driver of what it does behind the scenes. Default: nobody. */
  readonly logger?: Logger | undefined
  /** Where calls are counted and timed, with retries and circuit: `createMetricsRegistry()` of `@holdfast/telemetry`. Default: nowhere. */
  readonly metrics?: Metrics | undefined
  /** How they are measured. */
  readonly telemetry?: TelemetryConfiguration | undefined
}

/**
 * Opens a credential storage named by a URL (`file:./secrets`, `memory:`) or an object (`{ provider: 'local', directory:
 * './secrets', keepVersions: 20 }`). What it leaves out, credentials above all, is taken from the environment as the README of
 * its provider says. It is the caller's to close. Errors: INVALID_ARGUMENT with every problem, or with
 * PROVIDER_UNKNOWN; UNSUPPORTED with PROVIDER_NOT_INSTALLED; and what the provider says.
 */
export const openStorage = async (
  store: string | StoreConfiguration,
  options: OpenStorageOptions = {},
): Promise<AnyCredentialStorage> =>
  openCheckedStorage(
    await checkConfiguration(
      {
        store,
        ...(options.resilience === undefined ? {} : { resilience: options.resilience }),
        ...(options.telemetry === undefined ? {} : { telemetry: options.telemetry }),
      },
      'openStorage',
      options,
    ),
    options,
  )

/** Opens the storage of a configuration that was found right. */
export const openCheckedStorage = async (
  { provider, providerName, storeOptions, configuration }: CheckedConfiguration,
  { baseDirectory = process.cwd(), createIfMissing = false, logger, metrics }: OpenStorageOptions,
): Promise<AnyCredentialStorage> => {
  let storage: AnyCredentialStorage
  try {
    storage = await provider.createStorage(storeOptions, { baseDirectory, createIfMissing, logger, metrics })
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
  try {
    const resilient = await composeResilience(storage, providerName, configuration.resilience, logger)
    return await composeMetrics(resilient, metrics, configuration.telemetry)
  } catch (error) {
    await storage.close()
    throw error
  }
}
