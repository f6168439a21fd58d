import { createProblems, HoldfastError } from '@holdfast/contracts'
import { type Configuration, configurationSchema } from './configuration.ts'
import { loadProvider, type StorageProviders } from './load-provider.ts'
import { parseStoreUrl, type StoreConfiguration } from './parse-store-url.ts'
import { schemaProblems } from './schema-problems.ts'
import type { StorageProvider } from './storage-provider.ts'

/** A configuration that was found right, with the provider of its store. */
export interface CheckedConfiguration {
  readonly configuration: Configuration
  readonly provider: StorageProvider
  readonly providerName: string
  readonly storeOptions: Readonly<Record<string, unknown>>
}

/** Options of {@link checkConfiguration}. */
export interface CheckConfigurationOptions {
  readonly providers?: StorageProviders | undefined
  /** Where providers look for what the configuration leaves out. Default: the environment of the process. */
  readonly environment?: NodeJS.ProcessEnv | undefined
}

/**
 * Checks a whole configuration, the options of the store's provider included, before anything is opened. Errors:
 * INVALID_ARGUMENT with every problem and its path in `details.problems`; and what {@link loadProvider} says.
 */
export const checkConfiguration = async (
  input: unknown,
  operation: string,
  { providers = {}, environment }: CheckConfigurationOptions = {},
): Promise<CheckedConfiguration> => {
  const problems = createProblems('config', operation)
  for (const problem of schemaProblems(configurationSchema, input, '')) problems.add(problem)
  const given: unknown = Reflect.get(Object(input), 'store')
  const own: unknown = Reflect.get(Object(input), 'providers')
  const store = readStore(given)
  const settled =
    store === undefined ? undefined : await settle(store, { ...providers, ...functionsIn(own) }, environment)
  if (HoldfastError.is(settled)) {
    // Alone it keeps its own code and reason; among others it is one more problem.
    if (problems.list.length === 0) throw settled
    problems.add({ path: 'store', given: 'a store that cannot be used', allowed: settled.message.replace(/\.$/, '') })
  } else if (settled?.provider.optionsSchema !== undefined) {
    for (const problem of schemaProblems(settled.provider.optionsSchema, settled.storeOptions, 'store')) {
      problems.add(problem)
    }
  }
  problems.throwIfAny()
  // The schema has found nothing wrong, so the input is a Configuration; it has a store, and that store was settled.
  return { configuration: input as Configuration, ...(settled as SettledStore) }
}

/** The store of a configuration, with its provider loaded. */
type SettledStore = Omit<CheckedConfiguration, 'configuration'>

/** The store as an object; undefined when it is neither a text nor an object with a provider, which the schema has reported. */
const readStore = (given: unknown): StoreConfiguration | HoldfastError | undefined => {
  if (typeof given === 'string' && given !== '') {
    try {
      return parseStoreUrl(given)
    } catch (error) {
      if (HoldfastError.is(error)) return error
      throw error
    }
  }
  const name: unknown = Reflect.get(Object(given), 'provider')
  // An object whose provider is a text: what StoreConfiguration asks for.
  return typeof name === 'string' && name !== '' ? (given as StoreConfiguration) : undefined
}

const settle = async (
  store: StoreConfiguration | HoldfastError,
  providers: StorageProviders,
  environment: NodeJS.ProcessEnv | undefined,
): Promise<SettledStore | HoldfastError> => {
  if (HoldfastError.is(store)) return store
  const { provider: providerName, ...options } = store
  try {
    const provider = await loadProvider(providerName, providers)
    const storeOptions = { ...provider.optionsFromEnvironment?.(environment, options), ...options }
    return { provider, providerName, storeOptions }
  } catch (error) {
    if (HoldfastError.is(error)) return error
    throw error
  }
}

const functionsIn = (own: unknown): StorageProviders =>
  typeof own === 'object' && own !== null
    ? // Only what is a function is kept; the schema has reported the rest.
      (Object.fromEntries(Object.entries(own).filter(([, load]) => typeof load === 'function')) as StorageProviders)
    : {}
