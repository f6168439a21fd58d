import { HoldfastError } from '@holdfast/contracts'
import { builtInProviders } from './built-in-providers.ts'
import type { StorageProvider, StorageProviderLoader } from './storage-provider.ts'

/** Providers of your own, by the name that stands in the configuration. They come before those of this repository. */
export type StorageProviders = Readonly<Record<string, StorageProviderLoader>>

/**
 * Loads a provider by name. Errors: INVALID_ARGUMENT with PROVIDER_UNKNOWN, listing the known names; UNSUPPORTED with
 * PROVIDER_NOT_INSTALLED only when the provider's own package is missing, with what to install; INTERNAL when the
 * provider is there and fails to load, or is no provider, with the cause.
 */
export const loadProvider = async (name: string, providers: StorageProviders = {}): Promise<StorageProvider> => {
  const builtIn = Object.hasOwn(builtInProviders, name) ? builtInProviders[name] : undefined
  const load = Object.hasOwn(providers, name) ? providers[name] : builtIn?.load
  if (load === undefined) throw unknown(name, [...Object.keys(providers), ...Object.keys(builtInProviders)])
  let provider: StorageProvider
  try {
    provider = await load()
  } catch (error) {
    if (builtIn !== undefined && load === builtIn.load && isMissing(error, builtIn.packageName)) {
      throw notInstalled(name, builtIn.packageName, error)
    }
    throw broken(name, error)
  }
  if (typeof provider?.createStorage !== 'function') throw notAProvider(name)
  return provider
}

/** Whether what could not be found is this package itself, and not something that it imports. */
export const isMissing = (error: unknown, packageName: string): boolean => {
  if (Reflect.get(Object(error), 'code') !== 'ERR_MODULE_NOT_FOUND') return false
  // Node says: Cannot find package 'x' imported from /path. A file inside the package is named by its path instead.
  return new RegExp(`^Cannot find (?:package|module) '${packageName}' imported from`).test(
    String(Reflect.get(Object(error), 'message')),
  )
}

const unknown = (name: string, known: readonly string[]): HoldfastError =>
  new HoldfastError({
    code: 'INVALID_ARGUMENT',
    reason: 'PROVIDER_UNKNOWN',
    source: 'config',
    operation: 'loadProvider',
    message: `There is no storage provider named ${JSON.stringify(name.slice(0, 80))}.`,
    hint: `Use one of ${[...new Set(known)].join(', ')}, or add your own under providers.`,
    details: { provider: name.slice(0, 80), known: [...new Set(known)] },
  })

const notInstalled = (name: string, packageName: string, cause: unknown): HoldfastError =>
  new HoldfastError({
    code: 'UNSUPPORTED',
    reason: 'PROVIDER_NOT_INSTALLED',
    source: 'config',
    operation: 'loadProvider',
    message: `The storage provider ${name} is not installed.`,
    hint: `Install ${packageName} (npm install ${packageName}).`,
    details: { provider: name, packageName },
    cause,
  })

const broken = (name: string, cause: unknown): HoldfastError =>
  new HoldfastError({
    code: 'INTERNAL',
    source: 'config',
    operation: 'loadProvider',
    message: `The storage provider ${name} was found and could not be loaded.`,
    hint: 'The cause says what failed inside it: a dependency that is missing there, or an error in its code.',
    details: { provider: name },
    cause,
  })

const notAProvider = (name: string): HoldfastError =>
  new HoldfastError({
    code: 'INVALID_ARGUMENT',
    reason: 'OPTIONS_INVALID',
    source: 'config',
    operation: 'loadProvider',
    message: `The module of the storage provider ${name} exports no function createStorage.`,
    hint: 'Export createStorage(options, { baseDirectory }), and optionsSchema if you can, as the README of @holdfast/config shows.',
    details: { provider: name },
  })
