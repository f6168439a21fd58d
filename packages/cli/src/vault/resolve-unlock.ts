import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { HoldfastError } from '@holdfast/contracts'
import type { KeyProvider } from '@holdfast/contracts/credentials'
import { keyFile, passphrase } from '@holdfast/credential-core'
import type { Invocation } from '../command.ts'
import { printable } from '../printable.ts'
import { usageError } from '../usage-error.ts'
import type { ResolvedStore } from './resolve-store.ts'

/** What opens the vault, and where the key file is if one does. */
export interface ResolvedUnlock {
  readonly providers: readonly KeyProvider[]
  readonly keyFile: string | undefined
}

/**
 * Finds what opens the vault: `--key-file`, `HOLDFAST_KEY_FILE`, `HOLDFAST_PASSPHRASE`, `--ask-passphrase`; with none of
 * them what the configuration file names, else the key file beside the store's folder, else the terminal is asked.
 * Never an argument: `parseArguments` refuses those.
 */
export const resolveUnlock = async (
  invocation: Invocation,
  store: ResolvedStore,
  { isNew }: { readonly isNew: boolean },
): Promise<ResolvedUnlock> => {
  const { environment, text, isSet } = invocation
  const { env, cwd } = environment
  const named = text('key-file') ?? nonEmpty(env.HOLDFAST_KEY_FILE)
  if (named !== undefined) return withKeyFile(resolve(cwd, named), isNew)
  const given = nonEmpty(env.HOLDFAST_PASSPHRASE)
  if (given !== undefined) return { providers: [passphrase(given)], keyFile: undefined }
  if (isSet('ask-passphrase')) return { providers: [asked(invocation, isNew)], keyFile: undefined }
  const configured = configuredKeyFile(store)
  // A key file that the configuration names is made with the vault; to open one, the configuration is enough.
  if (isNew && configured !== undefined) return withKeyFile(configured, isNew)
  if (namesUnlock(store.configuration)) return { providers: [], keyFile: configured }
  const beside = store.directory === undefined ? undefined : `${store.directory}.key`
  if (beside !== undefined && (isNew || (await isThere(beside)))) return withKeyFile(beside, isNew)
  if (environment.stdin.isTTY && environment.stderr.isTTY) {
    return { providers: [asked(invocation, isNew)], keyFile: undefined }
  }
  throw new HoldfastError({
    code: 'UNAUTHENTICATED',
    reason: 'KEY_REJECTED',
    source: 'cli',
    operation: 'unlock',
    message: `Nothing was given that opens the vault${beside === undefined ? '' : `, and there is no key file ${printable(beside)}`}.`,
    hint: 'Use --key-file FILE, set HOLDFAST_KEY_FILE or HOLDFAST_PASSPHRASE, or run it on a terminal to be asked.',
  })
}

const withKeyFile = (path: string, isNew: boolean): ResolvedUnlock => ({
  providers: [keyFile(path, { create: isNew })],
  keyFile: path,
})

/** Asks once, when the vault needs it; twice for a new one. */
const asked = ({ environment, signal }: Invocation, isNew: boolean): KeyProvider => {
  if (!environment.stdin.isTTY || !environment.stderr.isTTY) {
    throw usageError(
      'unlock',
      'There is no terminal to ask for the passphrase on.',
      'Set HOLDFAST_PASSPHRASE or use --key-file.',
    )
  }
  let answer: string | undefined
  return passphrase(async () => {
    if (answer !== undefined) return answer
    const first = await environment.askHidden(isNew ? 'Passphrase of the new vault' : 'Passphrase', signal)
    if (isNew && first !== (await environment.askHidden('The same again', signal))) {
      throw usageError('init', 'The two passphrases differ.', 'Run it again and type the same one twice.')
    }
    answer = first
    return first
  })
}

const configuredKeyFile = ({ configuration, baseDirectory }: ResolvedStore): string | undefined => {
  const path: unknown = Reflect.get(Object(Reflect.get(Object(configuration), 'keyring')), 'keyFile')
  return typeof path === 'string' && path !== '' ? resolve(baseDirectory, path) : undefined
}

const namesUnlock = (configuration: unknown): boolean =>
  Reflect.get(Object(configuration), 'keyring') !== undefined ||
  Reflect.get(Object(configuration), 'sealing') === 'backend'

const nonEmpty = (text: string | undefined): string | undefined => (text === '' ? undefined : text)

const isThere = async (path: string): Promise<boolean> => {
  try {
    await stat(path)
    return true
  } catch {
    return false
  }
}
