import type { Logger, Metrics, OptionsSchema } from '@holdfast/contracts'
import type { AnyCredentialStorage } from '@holdfast/contracts/credentials'

/** What a provider is told besides its options. */
export interface StorageProviderEnvironment {
  /** The folder that relative paths in the options are relative to: that of the configuration file, or the working directory. */
  readonly baseDirectory: string
  /** Whether a store that is not there yet is to be made, where the backend can tell (a folder). */
  readonly createIfMissing: boolean
  /** Told of what the storage does behind the scenes. */
  readonly logger?: Logger | undefined
  /** Where the storage registers what only it can count; its calls are measured around it. */
  readonly metrics?: Metrics | undefined
}

/**
 * What a module must export to be a storage provider: `createStorage`, and better `optionsSchema` as well, so that wrong
 * options are told together with everything else that is wrong, and editors complete them. A zod schema is one.
 */
export interface StorageProvider {
  /** Makes the storage from the options beside `provider` in the configuration. It is opened here if it needs opening. */
  createStorage(
    options: Readonly<Record<string, unknown>>,
    environment: StorageProviderEnvironment,
  ): AnyCredentialStorage | Promise<AnyCredentialStorage>
  /** Checks and describes the options. */
  readonly optionsSchema?: OptionsSchema<unknown>
  /**
   * What environment variables say: credentials above all. It is asked before the options are checked, is told which options
   * the configuration has, and what the configuration has wins. Default environment: that of the process.
   */
  optionsFromEnvironment?(
    environment: NodeJS.ProcessEnv | undefined,
    options: Readonly<Record<string, unknown>>,
  ): Readonly<Record<string, unknown>>
}

/** Loads a provider when it is needed: `() => import('acme-storage')`. */
export type StorageProviderLoader = () => Promise<StorageProvider>
