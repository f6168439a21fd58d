import { resolve } from 'node:path'
import { type Configuration, findConfiguration, loadConfiguration, parseStoreUrl } from '@holdfast/config'
import type { Invocation } from '../command.ts'

/** The folder that `holdfast init` makes when nobody says another, below the working directory. */
export const defaultStoreUrl = 'file:.holdfast/store'

/** Which store a command works on, and who said so. */
export interface ResolvedStore {
  readonly configuration: unknown
  readonly baseDirectory: string
  /** The configuration file, absolute, when one was read. */
  readonly file?: string
  readonly origin: 'option' | 'environment' | 'configuration' | 'default'
  /** The folder of a local store, absolute; undefined for every other. */
  readonly directory: string | undefined
}

/**
 * Finds the store: `--store`, else `HOLDFAST_STORE`, else the configuration file (`--config`, or the one of the
 * project), else the default. Where a store is given by URL no configuration file is read.
 */
export const resolveStore = async ({ environment, text }: Invocation): Promise<ResolvedStore> => {
  const { cwd, env } = environment
  const option = text('store')
  const url = option ?? (env.HOLDFAST_STORE === '' ? undefined : env.HOLDFAST_STORE)
  if (url !== undefined) {
    const origin = option === undefined ? 'environment' : 'option'
    // Before anything is asked about the key: a URL that is wrong is what is wrong.
    parseStoreUrl(url)
    return { configuration: { store: url }, baseDirectory: cwd, origin, directory: directoryOf(url, cwd) }
  }
  const named = text('config')
  const file = named === undefined ? await findConfiguration(cwd) : resolve(cwd, named)
  if (file !== undefined) {
    const { configuration, baseDirectory } = await loadConfiguration(file)
    const store: unknown = Reflect.get(Object(configuration), 'store')
    return { configuration, baseDirectory, file, origin: 'configuration', directory: directoryOf(store, baseDirectory) }
  }
  const configuration: Configuration = { store: defaultStoreUrl }
  return { configuration, baseDirectory: cwd, origin: 'default', directory: directoryOf(defaultStoreUrl, cwd) }
}

const directoryOf = (store: unknown, baseDirectory: string): string | undefined => {
  // A URL that is wrong is reported when the store is opened, with everything else.
  const parsed: unknown = typeof store === 'string' ? parsedUrl(store) : store
  const directory: unknown = Reflect.get(Object(parsed), 'directory')
  return Reflect.get(Object(parsed), 'provider') === 'local' && typeof directory === 'string'
    ? resolve(baseDirectory, directory)
    : undefined
}

const parsedUrl = (url: string): unknown => {
  try {
    return parseStoreUrl(url)
  } catch {
    return undefined
  }
}
