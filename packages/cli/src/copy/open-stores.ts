import { existsSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { loadConfiguration, type OpenManager, openManager, openStorage, parseStoreUrl } from '@holdfast/config'
import { HoldfastError } from '@holdfast/contracts'
import type { AnyCredentialStorage } from '@holdfast/contracts/credentials'
import { type Keyring, keyFile } from '@holdfast/credential-core'
import type { Invocation } from '../command.ts'
import { printable } from '../printable.ts'
import { usageError } from '../usage-error.ts'
import { resolveStore } from '../vault/resolve-store.ts'
import { resolveUnlock } from '../vault/resolve-unlock.ts'

/** Both ends of a copy. */
export interface OpenStores {
  readonly from: AnyCredentialStorage
  readonly to: AnyCredentialStorage
  /** What opens the values here and seals them there, when that was asked for. */
  readonly reseal: { readonly from: Keyring; readonly to: Keyring } | undefined
  /** Whether the destination is not there yet: only on a dry run. */
  readonly isDestinationMissing: boolean
  close(): Promise<void>
}

/** Opens the store of the command, and the one its argument names: a URL, or a configuration file. */
export const openStores = async (invocation: Invocation, isDryRun: boolean): Promise<OpenStores> => {
  const source = await resolveStore(invocation)
  const destination = await readDestination(invocation)
  const opened: (AnyCredentialStorage | OpenManager)[] = []
  const close = async (): Promise<void> => {
    for (const store of opened.reverse()) await store.close()
  }
  try {
    if (invocation.isSet('reseal')) {
      const unlock = await resolveUnlock(invocation, source, { isNew: false })
      const from = await openManager(source.configuration, {
        baseDirectory: source.baseDirectory,
        unlock: unlock.providers,
        environment: { ...invocation.environment.env },
      })
      opened.push(from)
      const to = await openDestinationVault(invocation, destination, isDryRun)
      opened.push(to)
      return { from: from.storage, to: to.storage, reseal: keyringsOf(from, to), isDestinationMissing: false, close }
    }
    const environment = { ...invocation.environment.env }
    const from = await openStorage(storeOf(source.configuration), { baseDirectory: source.baseDirectory, environment })
    opened.push(from)
    const to = await openDestination(destination, isDryRun, environment)
    const storage = to ?? (await openStorage('memory:'))
    opened.push(storage)
    return { from, to: storage, reseal: undefined, isDestinationMissing: to === undefined, close }
  } catch (error) {
    await close()
    throw error
  }
}

interface Destination {
  readonly configuration: unknown
  readonly baseDirectory: string
}

const readDestination = async ({ positionals, environment }: Invocation): Promise<Destination> => {
  // Exactly one was asked for.
  const given = String(positionals[0])
  const file = resolve(environment.cwd, given)
  if (existsSync(file) && /\.(json|ya?ml|[cm]?[jt]s)$/.test(given)) {
    const { configuration } = await loadConfiguration(file)
    return { configuration, baseDirectory: dirname(file) }
  }
  parseStoreUrl(given)
  return { configuration: { store: given }, baseDirectory: environment.cwd }
}

/** The store of a configuration, which `openStorage` checks. */
export const storeOf = (configuration: unknown): Parameters<typeof openStorage>[0] =>
  // Whatever it is, openStorage says what is wrong with it.
  Reflect.get(Object(configuration), 'store') as Parameters<typeof openStorage>[0]

const openDestination = async (
  { configuration, baseDirectory }: Destination,
  isDryRun: boolean,
  environment: NodeJS.ProcessEnv,
): Promise<AnyCredentialStorage | undefined> => {
  try {
    return await openStorage(storeOf(configuration), { baseDirectory, createIfMissing: !isDryRun, environment })
  } catch (error) {
    if (isDryRun && HoldfastError.is(error, 'NOT_FOUND')) return undefined
    throw error
  }
}

const openDestinationVault = async (
  { text, environment }: Invocation,
  { configuration, baseDirectory }: Destination,
  isDryRun: boolean,
): Promise<OpenManager> => {
  const named = text('to-key-file')
  const path = named === undefined ? undefined : resolve(environment.cwd, named)
  if (path !== undefined && !existsSync(path)) {
    throw new HoldfastError({
      code: 'NOT_FOUND',
      source: 'cli',
      operation: 'copy',
      message: `There is no key file ${printable(path)}.`,
      hint: 'Make the vault with holdfast init --store <destination> --key-file FILE, or name the key file it has.',
    })
  }
  return openManager(configuration, {
    baseDirectory,
    createIfMissing: !isDryRun,
    unlock: path === undefined ? [] : [keyFile(path)],
    environment: { ...environment.env },
  })
}

const keyringsOf = (from: OpenManager, to: OpenManager): { readonly from: Keyring; readonly to: Keyring } => {
  if (from.keyring !== undefined && to.keyring !== undefined) return { from: from.keyring, to: to.keyring }
  throw usageError(
    'copy',
    `Nothing opens the ${from.keyring === undefined ? 'source' : 'destination'}, which --reseal needs.`,
    'Use --key-file for the source and --to-key-file for the destination, or name the keyring in the configuration files.',
  )
}
