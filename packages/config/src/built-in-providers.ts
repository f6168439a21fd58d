import { homedir } from 'node:os'
import { delimiter, join, resolve } from 'node:path'
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
    load: async () => {
      const local = await import('@holdfast/storage-local')
      return driver(local, {
        backend: 'Local',
        takes: ['logger'],
        paths: ['directory'],
        makesFolder: true,
        fromEnvironment: (environment) => ({ directory: local.defaultDirectoryFromEnvironment(environment) }),
      })
    },
  },
  aws: {
    packageName: '@holdfast/storage-aws',
    load: async () =>
      driver(await import('@holdfast/storage-aws'), {
        backend: 'Aws',
        takes: ['logger'],
        insteadOf: { client: ['region', 'endpoint'] },
      }),
  },
  azure: {
    packageName: '@holdfast/storage-azure',
    load: async () =>
      driver(await import('@holdfast/storage-azure'), { backend: 'Azure', takes: ['logger'], paths: ['caFile'] }),
  },
  vault: {
    packageName: '@holdfast/storage-vault',
    load: async () =>
      driver(await import('@holdfast/storage-vault'), {
        backend: 'Vault',
        takes: ['logger', 'metrics'],
        // It looks there by itself otherwise, after what was found here.
        always: { environment: {} },
        paths: ['caFile'],
        insteadOf: { ca: ['caFile'] },
      }),
  },
  k8s: {
    packageName: '@holdfast/storage-k8s',
    load: async () => {
      const k8s = await import('@holdfast/storage-k8s')
      return driver(k8s, {
        backend: 'K8s',
        takes: ['logger'],
        pathLists: ['kubeconfigFile'],
        insteadOf: {
          kubeConfig: ['kubeconfigFile', 'inCluster'],
          inCluster: ['kubeconfigFile'],
          kubeconfigFile: ['inCluster'],
        },
        fromEnvironment(environment) {
          const found = k8s.k8sStorageOptionsFromEnvironment(environment)
          const isFound = found.kubeconfigFile !== undefined || found.inCluster === true
          if (environment === undefined || isFound) return found
          // The client itself would look into the environment of the process.
          return { ...found, kubeconfigFile: join(environment.HOME ?? homedir(), '.kube', 'config') }
        },
      })
    },
  },
}

/** What has to be known about a driver beside what its package exports. */
interface DriverDescription {
  /** As it stands in the names of the exports: `create<Backend>Storage`. */
  readonly backend: string
  /** What it takes of what a provider is told. */
  readonly takes?: readonly ('logger' | 'metrics')[]
  /** Options that it is given whatever the configuration says. */
  readonly always?: Readonly<Record<string, unknown>>
  /** Options that are paths; those of a configuration are relative to its folder. */
  readonly paths?: readonly string[]
  /** Options that are several paths with the delimiter of PATH between them. */
  readonly pathLists?: readonly string[]
  /** Whether it keeps its credentials in a folder that it can make. Default false. */
  readonly makesFolder?: boolean
  /** For an option of the configuration, those that are then not taken from the environment, because they exclude each other. */
  readonly insteadOf?: Readonly<Record<string, readonly string[]>>
  /** Reads options from the environment. Default: what the package exports for that, if it does. */
  readonly fromEnvironment?: ReadEnvironment
}

type ReadEnvironment = (environment: NodeJS.ProcessEnv | undefined) => object

/** Makes a provider of a driver's module; options that are paths are made absolute first. */
const driver = (module: object, description: DriverDescription): StorageProvider => {
  const { backend, takes = [], always = {}, makesFolder = false, insteadOf = {} } = description
  // Drivers name their exports so, and take their options as an object: the structure check of this repository sees to it.
  const create = Reflect.get(module, `create${backend}Storage`) as (
    options: unknown,
  ) => ReturnType<StorageProvider['createStorage']>
  // The same: a zod schema, under the name that its package gives every options schema.
  const schema = Reflect.get(module, `${backend.toLowerCase()}StorageOptionsSchema`) as
    | OptionsSchema<unknown>
    | undefined
  // The same; what needs no credentials has none.
  const exported = Reflect.get(module, `${backend.toLowerCase()}StorageOptionsFromEnvironment`) as
    | ReadEnvironment
    | undefined
  const fromEnvironment = description.fromEnvironment ?? exported
  return {
    createStorage(options, { baseDirectory, createIfMissing, ...told }) {
      const taken = takes.filter((name) => told[name] !== undefined).map((name) => [name, told[name]])
      return create({
        ...(createIfMissing && makesFolder ? { createDirectory: true } : {}),
        ...Object.fromEntries(taken),
        ...withAbsolutePaths(options, description, baseDirectory),
        ...always,
      })
    },
    ...(schema === undefined ? {} : { optionsSchema: schema }),
    ...(fromEnvironment === undefined
      ? {}
      : {
          optionsFromEnvironment(environment, options) {
            const excluded = Object.keys(options).flatMap((name) => insteadOf[name] ?? [])
            const found = Object.entries(fromEnvironment(environment)).filter(([name]) => !excluded.includes(name))
            // Those of the environment are relative to the working directory.
            return withAbsolutePaths(Object.fromEntries(found), description, '')
          },
        }),
  }
}

const withAbsolutePaths = (
  options: Readonly<Record<string, unknown>>,
  { paths = [], pathLists = [] }: DriverDescription,
  baseDirectory: string,
): Readonly<Record<string, unknown>> => {
  const absolute = (path: string): string => (path === '' ? path : resolve(baseDirectory, path))
  const changed = Object.entries(options).map(([name, value]) => {
    if (typeof value !== 'string') return [name, value]
    if (paths.includes(name)) return [name, resolve(baseDirectory, value)]
    if (pathLists.includes(name)) return [name, value.split(delimiter).map(absolute).join(delimiter)]
    return [name, value]
  })
  return Object.fromEntries(changed)
}
