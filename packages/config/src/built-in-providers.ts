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
    load: async () => driver(await import('@holdfast/storage-memory'), { backend: 'Memory' }),
  },
  local: {
    packageName: '@holdfast/storage-local',
    load: async () =>
      driver(await import('@holdfast/storage-local'), { backend: 'Local', paths: ['directory'], makesFolder: true }),
  },
  aws: {
    packageName: '@holdfast/storage-aws',
    load: async () =>
      driver(await import('@holdfast/storage-aws'), {
        backend: 'Aws',
        insteadOf: { client: ['region', 'endpoint'] },
      }),
  },
  azure: {
    packageName: '@holdfast/storage-azure',
    load: async () => driver(await import('@holdfast/storage-azure'), { backend: 'Azure', paths: ['caFile'] }),
  },
  vault: {
    packageName: '@holdfast/storage-vault',
    load: async () =>
      driver(await import('@holdfast/storage-vault'), {
        backend: 'Vault',
        paths: ['caFile'],
        insteadOf: { ca: ['caFile'] },
      }),
  },
  k8s: {
    packageName: '@holdfast/storage-k8s',
    load: async () =>
      driver(await import('@holdfast/storage-k8s'), {
        backend: 'K8s',
        paths: ['kubeconfigFile'],
        insteadOf: {
          kubeConfig: ['kubeconfigFile', 'inCluster'],
          inCluster: ['kubeconfigFile'],
          kubeconfigFile: ['inCluster'],
        },
      }),
  },
}

/** What has to be known about a driver beside what its package exports. */
interface DriverDescription {
  /** As it stands in the names of the exports: `create<Backend>Storage`. */
  readonly backend: string
  /** Options that are paths; those of a configuration are relative to its folder. */
  readonly paths?: readonly string[]
  /** Whether it keeps its credentials in a folder that it can make. Default false. */
  readonly makesFolder?: boolean
  /** For an option of the configuration, those that are then not taken from the environment, because they exclude each other. */
  readonly insteadOf?: Readonly<Record<string, readonly string[]>>
}

/** Makes a provider of a driver's module; options that are paths are made absolute first. */
const driver = (
  module: object,
  { backend, paths = [], makesFolder = false, insteadOf = {} }: DriverDescription,
): StorageProvider => {
  // Drivers name their exports so, and take their options as an object: the structure check of this repository sees to it.
  const create = Reflect.get(module, `create${backend}Storage`) as (
    options: unknown,
  ) => ReturnType<StorageProvider['createStorage']>
  // The same: a zod schema, under the name that its package gives every options schema.
  const schema = Reflect.get(module, `${backend.toLowerCase()}StorageOptionsSchema`) as
    | OptionsSchema<unknown>
    | undefined
  // The same; what needs no credentials has none.
  const fromEnvironment = Reflect.get(module, `${backend.toLowerCase()}StorageOptionsFromEnvironment`) as
    | ((environment: NodeJS.ProcessEnv | undefined) => Readonly<Record<string, unknown>>)
    | undefined
  return {
    createStorage: (options, { baseDirectory, createIfMissing }) =>
      create({
        ...(createIfMissing && makesFolder ? { createDirectory: true } : {}),
        ...withAbsolutePaths(options, paths, baseDirectory),
      }),
    ...(schema === undefined ? {} : { optionsSchema: schema }),
    ...(fromEnvironment === undefined
      ? {}
      : {
          optionsFromEnvironment(environment, options) {
            const excluded = Object.keys(options).flatMap((name) => insteadOf[name] ?? [])
            const found = Object.entries(fromEnvironment(environment)).filter(([name]) => !excluded.includes(name))
            // Those of the environment are relative to the working directory.
            return withAbsolutePaths(Object.fromEntries(found), paths, '')
          },
        }),
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
