import { resolve } from 'node:path'
import {
  type Clock,
  type CloseOptions,
  HoldfastError,
  type Logger,
  type Metrics,
  parseScopeId,
  type Tracer,
} from '@holdfast/contracts'
import type { Cache } from '@holdfast/contracts/cache'
import type { AnyCredentialStorage, KeyProvider } from '@holdfast/contracts/credentials'
import type { CredentialKind, CredentialManager, Keyring } from '@holdfast/credential-core'
import { checkConfiguration } from './check-configuration.ts'
import type { Configuration } from './configuration.ts'
import { importPeer } from './import-peer.ts'
import type { StorageProviders } from './load-provider.ts'
import { openCheckedStorage } from './open-storage.ts'

/** Options of {@link openManager}: what a file cannot say, or what is known only when the program runs. */
export interface OpenManagerOptions {
  /** What relative paths in the configuration are relative to: `loadConfiguration` tells it. Default: the working directory of the process. */
  readonly baseDirectory?: string | undefined
  /** Makes the store's folder and the vault's keyring where they are missing. Default false. */
  readonly createIfMissing?: boolean | undefined
  /** What opens the vault, tried before what the configuration's `keyring` names. */
  readonly unlock?: readonly KeyProvider[] | undefined
  /** Where `passphraseVariable`, `keyVariable` and the credentials of the store's provider are looked up. Default: the environment of the process. */
  readonly environment?: NodeJS.ProcessEnv | undefined
  /** Providers of your own, by name, beside those of the configuration. */
  readonly providers?: StorageProviders | undefined
  /** Kinds of your own. */
  readonly kinds?: readonly CredentialKind[] | undefined
  readonly logger?: Logger | undefined
  /** Where the calls of the store are counted and timed, with retries and circuit: `createMetricsRegistry()` of `@holdfast/telemetry`. Default: nowhere. */
  readonly metrics?: Metrics | undefined
  /** Sees each call of the manager as a span. Default: none. */
  readonly tracer?: Tracer | undefined
  readonly clock?: Clock | undefined
}

/** A manager with everything it was wired from. */
export interface OpenManager {
  readonly manager: CredentialManager
  readonly storage: AnyCredentialStorage
  /** Absent when the configuration names nothing that opens a vault. */
  readonly keyring: Keyring | undefined
  /** Closes the manager, then the keyring, then the storage. */
  close(options?: CloseOptions): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/**
 * Wires a credential manager from a configuration: storage, keyring, cache. Everything wrong is told at once, before
 * anything is opened. The vault itself is unlocked by the first call that needs it. Errors: as `openStorage`, and
 * INVALID_ARGUMENT when values are to be sealed and nothing opens the vault.
 */
export const openManager = async (
  configuration: Configuration | unknown,
  options: OpenManagerOptions = {},
): Promise<OpenManager> => {
  const { baseDirectory = process.cwd(), createIfMissing = false, logger, metrics } = options
  const checked = await checkConfiguration(configuration, 'openManager', options)
  const wanted = checked.configuration
  const core = await importPeer('@holdfast/credential-core', () => import('@holdfast/credential-core'), needed)
  const cache = wanted.cache === undefined ? undefined : await createCacheOf(wanted.cache)
  const unlock = [...(options.unlock ?? []), ...(await unlockOf(wanted, baseDirectory, options))]
  // An anchor remembers what the keyring opens: without one it would be left out in silence.
  const needsKeyring = wanted.sealing !== 'backend' || wanted.anchorDirectory !== undefined
  if (unlock.length === 0 && needsKeyring) throw nothingUnlocks()
  const storage = await openCheckedStorage(checked, { baseDirectory, createIfMissing, logger, metrics })
  try {
    const { clock } = options
    const keyring =
      unlock.length === 0
        ? undefined
        : core.createKeyring({
            storage,
            unlock,
            createIfMissing,
            ...(wanted.anchorDirectory === undefined
              ? {}
              : { anchorDirectory: resolve(baseDirectory, wanted.anchorDirectory) }),
            ...(clock === undefined ? {} : { clock }),
          })
    const manager = core.createCredentialManager({
      storage,
      keyring,
      cache,
      cacheTtlMs: wanted.cache?.ttlMs,
      cacheStaleWhileRevalidateMs: wanted.cache?.staleWhileRevalidateMs,
      cacheStaleIfErrorMs: wanted.cache?.staleIfErrorMs,
      cacheNotFoundTtlMs: wanted.cache?.notFoundTtlMs,
      sealing: wanted.sealing,
      scope: wanted.scope === undefined ? undefined : parseScopeId(wanted.scope),
      batchConcurrency: wanted.batchConcurrency,
      onDuplicate: wanted.onDuplicate,
      refuseExpired: wanted.refuseExpired,
      kinds: options.kinds,
      logger,
      tracer: options.tracer,
      clock,
    })
    return together(manager, storage, keyring)
  } catch (error) {
    await storage.close()
    throw error
  }
}

const needed = { operation: 'openManager', needs: 'The configuration needs' }

const together = (
  manager: CredentialManager,
  storage: AnyCredentialStorage,
  keyring: Keyring | undefined,
): OpenManager => {
  const close = async (options?: CloseOptions): Promise<void> => {
    try {
      await manager.close(options)
    } finally {
      keyring?.close()
      await storage.close(options)
    }
  }
  return { manager, storage, keyring, close, [Symbol.asyncDispose]: () => close() }
}

const createCacheOf = async ({ capacity = 1000 }: NonNullable<Configuration['cache']>): Promise<Cache> => {
  const { createCache } = await importPeer('@holdfast/cache', () => import('@holdfast/cache'), needed)
  return createCache({ capacity, name: 'credentials' })
}

/** The key providers that the configuration names. */
const unlockOf = async (
  { keyring = {} }: Configuration,
  baseDirectory: string,
  { environment }: OpenManagerOptions,
): Promise<KeyProvider[]> => {
  const core = await import('@holdfast/credential-core')
  const { keyFile, keyVariable, passphraseVariable } = keyring
  return [
    ...(keyFile === undefined ? [] : [core.keyFile(resolve(baseDirectory, keyFile))]),
    ...(keyVariable === undefined ? [] : [core.keyFromEnvironment(keyVariable, environment)]),
    ...(passphraseVariable === undefined
      ? []
      : [core.passphrase(async () => passphraseFromEnvironment(passphraseVariable, environment))]),
  ]
}

const passphraseFromEnvironment = (name: string, environment: NodeJS.ProcessEnv = process.env): string => {
  const text = environment[name]
  if (text !== undefined && text !== '') return text
  throw new HoldfastError({
    code: 'UNAUTHENTICATED',
    reason: 'KEY_REJECTED',
    source: 'config',
    operation: 'openManager',
    message: `The environment variable ${name}, which the configuration names for the passphrase, is ${text === undefined ? 'not set' : 'empty'}.`,
    hint: `Set ${name} to the passphrase of this vault.`,
  })
}

const nothingUnlocks = (): HoldfastError =>
  new HoldfastError({
    code: 'INVALID_ARGUMENT',
    reason: 'OPTIONS_INVALID',
    source: 'config',
    operation: 'openManager',
    message: 'The configuration names nothing that opens the vault.',
    hint: 'Set keyring.keyFile, keyring.passphraseVariable or keyring.keyVariable, pass unlock, or choose sealing: "backend" to store values readable.',
  })
