import { existsSync } from 'node:fs'
import { type OpenManager, openManager } from '@holdfast/config'
import { HoldfastError } from '@holdfast/contracts'
import type { Invocation } from '../command.ts'
import { printable } from '../printable.ts'
import { explainDamage } from './explain-damage.ts'
import { type ResolvedStore, resolveStore } from './resolve-store.ts'
import { resolveUnlock } from './resolve-unlock.ts'

/** A vault that a command works on. */
export interface Vault extends OpenManager {
  readonly store: ResolvedStore
  /** Absent when something else opens it. */
  readonly keyFile: string | undefined
}

/** Opens the vault of a command: the store, and what unlocks it. With `createIfMissing` both are made where they are missing. */
export const openVault = async (
  invocation: Invocation,
  { createIfMissing = false }: { readonly createIfMissing?: boolean } = {},
): Promise<Vault> => {
  const { environment } = invocation
  const store = await resolveStore(invocation)
  // Before anybody is asked for a passphrase that could open nothing.
  if (!createIfMissing && store.directory !== undefined && !existsSync(store.directory)) throw noVault(store)
  const unlock = await resolveUnlock(invocation, store, { isNew: createIfMissing })
  try {
    const opened = await openManager(forOneCommand(store.configuration, unlock.providers.length > 0), {
      baseDirectory: store.baseDirectory,
      createIfMissing,
      unlock: unlock.providers,
      environment: { ...environment.env },
      clock: environment.clock,
    })
    return { ...opened, store, keyFile: unlock.keyFile }
  } catch (error) {
    throw explain(error, store)
  }
}

/** Runs work on the vault of a command and closes it whatever happens. It is unlocked first: a wrong key is told whatever the work needs. */
export const withVault = async <T>(invocation: Invocation, work: (vault: Vault) => Promise<T>): Promise<T> => {
  const vault = await openVault(invocation)
  try {
    await vault.keyring?.open({ signal: invocation.signal })
    return await work(vault)
  } catch (error) {
    throw explain(error, vault.store)
  } finally {
    await vault.close()
  }
}

/**
 * What the command line names replaces what the file names: a wrong key must not be hidden by a right one. A cache is of
 * no use to a process that ends in a moment.
 */
const forOneCommand = (configuration: unknown, isKeyNamed: boolean): unknown =>
  typeof configuration === 'object' && configuration !== null
    ? { ...configuration, cache: undefined, ...(isKeyNamed ? { keyring: undefined } : {}) }
    : configuration

/** The commonest mistakes get the hint of this program, not that of a library. */
const explain = (error: unknown, store: ResolvedStore): unknown => {
  if (!HoldfastError.is(error)) return error
  if (error.code === 'UNAUTHENTICATED' && error.reason === 'KEYRING_MISSING') return noVault(store, error)
  const { id, problems } = error.details
  if (store.file !== undefined && error.reason === 'OPTIONS_INVALID' && Array.isArray(problems)) {
    return wrongConfiguration(store.file, problems)
  }
  if (error.reason === 'VERSION_UNKNOWN' && error.source !== 'cli' && typeof id === 'string') {
    return versionUnknown(id, error)
  }
  return error.code === 'NOT_FOUND' && error.reason === undefined && typeof id === 'string'
    ? notFound(id, error)
    : explainDamage(error)
}

/** Each problem on a line of its own, with the file to correct. */
const wrongConfiguration = (file: string, problems: readonly unknown[]): HoldfastError =>
  new HoldfastError({
    code: 'INVALID_ARGUMENT',
    reason: 'OPTIONS_INVALID',
    source: 'cli',
    operation: 'openVault',
    message: `The configuration ${printable(file)} has ${problems.length === 1 ? 'a problem' : `${problems.length} problems`}.`,
    hint: 'Correct the file and run it again.',
    details: { lines: problems.map(describeProblem) },
  })

const describeProblem = (problem: unknown): string => {
  const part = (name: string): string => String(Reflect.get(Object(problem), name))
  return `${part('path')}: given ${part('given')}, allowed: ${part('allowed')}`
}

const noVault = (store: ResolvedStore, cause?: HoldfastError): HoldfastError =>
  new HoldfastError({
    code: 'NOT_FOUND',
    reason: 'KEYRING_MISSING',
    source: 'cli',
    operation: 'openVault',
    message: `There is no vault ${store.directory === undefined ? 'in this store' : `in ${printable(store.directory)}`} (${origins[store.origin]}).`,
    hint: 'Make one with holdfast init, or say where it is with --store or HOLDFAST_STORE.',
    ...(cause === undefined ? {} : { cause }),
  })

const notFound = (id: string, { operation }: HoldfastError): HoldfastError =>
  new HoldfastError({
    code: 'NOT_FOUND',
    source: 'cli',
    operation,
    message: `There is no secret ${JSON.stringify(id)}.`,
    hint:
      operation === 'recover'
        ? 'See holdfast list for what there is. Nothing of this id was deleted, or its deletion is too long ago.'
        : 'See holdfast list for what there is, or holdfast restore <id> if it was deleted.',
    details: { id },
  })

const versionUnknown = (id: string, { operation }: HoldfastError): HoldfastError =>
  new HoldfastError({
    code: 'NOT_FOUND',
    reason: 'VERSION_UNKNOWN',
    source: 'cli',
    operation,
    message: `The secret ${JSON.stringify(id)} has no such version.`,
    hint: `See holdfast get ${id} --history for those that are kept.`,
    details: { id },
  })

const origins: Readonly<Record<ResolvedStore['origin'], string>> = {
  option: 'named by --store',
  environment: 'named by HOLDFAST_STORE',
  configuration: 'named by the configuration file',
  default: 'the default, since there is no --store, no HOLDFAST_STORE and no configuration file',
}
