import { type Dirent, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** One copy of a package below a `node_modules`. */
export interface InstalledPackage {
  readonly name: string
  readonly version: string
  /** What its files hold, without the packages that lie inside it. */
  readonly bytes: number
}

/** Every package below a `node_modules` folder, however deep, once for each copy. */
export const installedPackages = (nodeModules: string): readonly InstalledPackage[] =>
  foldersIn(nodeModules).flatMap((entry) => {
    const path = join(nodeModules, entry)
    return entry.startsWith('@') ? foldersIn(path).flatMap((name) => readPackage(join(path, name))) : readPackage(path)
  })

const readPackage = (path: string): readonly InstalledPackage[] => {
  const { name, version }: { name: string; version: string } = JSON.parse(
    readFileSync(join(path, 'package.json'), 'utf8'),
  )
  const inside = join(path, 'node_modules')
  const own = { name, version, bytes: bytesBelow(path, inside) }
  return isFolder(inside) ? [own, ...installedPackages(inside)] : [own]
}

const bytesBelow = (path: string, without: string): number =>
  entriesOf(path)
    .filter((entry) => join(path, entry.name) !== without)
    .reduce((sum, entry) => {
      const inner = join(path, entry.name)
      if (entry.isDirectory()) return sum + bytesBelow(inner, without)
      return entry.isFile() ? sum + statSync(inner).size : sum
    }, 0)

/** Folders that hold packages or scopes; `.bin` and what npm writes down are none. */
const foldersIn = (path: string): readonly string[] =>
  entriesOf(path)
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .map(({ name }) => name)

const entriesOf = (path: string): readonly Dirent[] => readdirSync(path, { withFileTypes: true })

const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false
