import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'

/** The system a program was fetched for, `debian-12-x64`: another release has other libraries and another Python. */
const systemName = (): string => {
  let release = ''
  try {
    // https://www.freedesktop.org/software/systemd/man/latest/os-release.html
    const text = readFileSync('/etc/os-release', 'utf8')
    const field = (name: string): string => new RegExp(`^${name}="?([\\w.-]+)`, 'm').exec(text)?.[1] ?? ''
    release = [field('ID'), field('VERSION_ID')].filter((part) => part !== '').join('-')
  } catch {
    // Not a Linux with that file: the platform has to do.
  }
  return `${release || process.platform}-${process.arch}`
}

/** Where fetched servers are kept, outside the repository: in HOLDFAST_SERVERS_CACHE, else in the folder for caches of this user. */
export const cacheFolderFromEnvironment = (environment = process.env): string => {
  const { HOLDFAST_SERVERS_CACHE: own, XDG_CACHE_HOME: caches } = environment
  if (own) return join(resolve(own), systemName())
  return join(caches || join(homedir(), '.cache'), 'holdfast', systemName())
}
