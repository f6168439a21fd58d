import { resolve } from 'node:path'
import type { OptionsSchema } from '@holdfast/contracts'
import type { StorageProvider, StorageProviderLoader } from './storage-provider.ts'

/** A provider of this repository: the package it is in, and how it is loaded. */
export interface BuiltInProvider {
  readonly packageName: string
  readonly load: StorageProviderLoader
}

/**
 * Every provider known by name. The imports are literal where the package exists in this version, so that bundlers see
 * them; all packages are optional peers. A driver's package exports `create<Backend>Storage` and its options schema.
 */
export const builtInProviders: Readonly<Record<string, BuiltInProvider>> = {
  memory: {
    packageName: '@holdfast/storage-memory',
    load: async () => driver(await import('@holdfast/storage-memory'), 'Memory', []),
  },
  local: {
    packageName: '@holdfast/storage-local',
    load: async () => driver(await import('@holdfast/storage-local'), 'Local', ['directory']),
  },
  aws: {
    packageName: '@holdfast/storage-aws',
    load: async () => driver(await import('@holdfast/storage-aws'), 'Aws', []),
  },
  azure: remote('@holdfast/storage-azure', 'Azure'),
  vault: remote('@holdfast/storage-vault', 'Vault'),
  k8s: remote('@holdfast/storage-k8s', 'K8s'),
}

/** A provider whose package this version was not built with: it is found by name where it is installed. */
function remote(packageName: string, backend: string): BuiltInProvider {
  return { packageName, load: async () => driver(await import(packageName), backend, []) }
}

/** Makes a provider of a driver's module; options that are paths are made absolute first. */
const driver = (module: object, backend: string, pathOptions: readonly string[]): StorageProvider => {
  // Drivers name their exports so, and take their options as an object: the structure check of this repository sees to it.
  const create = Reflect.get(module, `create${backend}Storage`) as (
    options: unknown,
  ) => ReturnType<StorageProvider['createStorage']>
  const schemaName = `${backend.toLowerCase()}StorageOptionsSchema`
  // The same: a zod schema, under the name that its package gives every options schema.
  const schema = Reflect.get(module, schemaName) as OptionsSchema<unknown> | undefined
  return {
    createStorage: (options, { baseDirectory, createIfMissing }) =>
      create({
        ...(createIfMissing && pathOptions.length > 0 ? { createDirectory: true } : {}),
        ...withAbsolutePaths(options, pathOptions, baseDirectory),
      }),
    ...(schema === undefined ? {} : { optionsSchema: schema }),
  }
}

const withAbsolutePaths = (
  options: Readonly<Record<string, unknown>>,
  names: readonly string[],
  baseDirectory: string,
): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    Object.entries(options).map(([name, value]) => [
      name,
      names.includes(name) && typeof value === 'string' ? resolve(baseDirectory, value) : value,
    ]),
  )
