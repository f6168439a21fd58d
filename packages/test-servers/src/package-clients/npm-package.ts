import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { FetchContext } from '../server-definition.ts'

/** One package of npm with the checksum of its tarball. */
export interface PinnedNpmPackage {
  readonly name: string
  readonly version: string
  /** `sha512-…`, as in a lockfile. */
  readonly integrity: string
}

/** Installs one package into the folder without running its scripts, and resolves with where it lies. */
export const fetchNpmPackage = async (
  { folder, run }: FetchContext,
  { name, version, integrity }: PinnedNpmPackage,
): Promise<string> => {
  const quiet = ['--no-save', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']
  await run('npm', ['install', '--prefix', folder, ...quiet, `${name}@${version}`])
  // Written by npm, which has checked what it downloaded against it.
  const lock = JSON.parse(await readFile(join(folder, 'node_modules/.package-lock.json'), 'utf8')) as {
    readonly packages: Readonly<Record<string, { readonly integrity?: string }>>
  }
  const found = lock.packages[`node_modules/${name}`]?.integrity
  if (found !== integrity)
    throw new Error(`${name}@${version} has the checksum ${found}, but ${integrity} is pinned: do not use it`)
  return join(folder, 'node_modules', name)
}
