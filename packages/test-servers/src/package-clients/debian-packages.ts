import { mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { FetchContext } from '../server-definition.ts'

/**
 * Unpacks packages of Debian or Ubuntu into the folder, with the libraries they need that the machine lacks, and installs
 * nothing: no root, no service, no configuration. `also` names further packages that they depend on and that are wanted.
 */
export const fetchDebianPackages = async (
  { folder, run, progress }: FetchContext,
  packages: readonly string[],
  also = /^$/,
): Promise<void> => {
  const downloads = join(folder, 'downloads')
  await mkdir(downloads)
  const download = async (options: readonly string[]): Promise<void> => {
    const plan = await run('apt-get', [...options, 'install', '--simulate', '--no-install-recommends', ...packages])
    const missing = [...plan.matchAll(/^Inst (\S+) .*?\((\S+)/gm)].map(([, name = '', version = '']) => ({
      name,
      version,
    }))
    const wanted = missing.filter(
      ({ name }) =>
        packages.includes(name) || also.test(name) || (/^lib/.test(name) && !/^lib(js|nss|pam)-/.test(name)),
    )
    // A package that is installed already is not in the plan, but its files are still wanted in this folder.
    const installed = packages.filter((name) => !missing.some((other) => other.name === name))
    const names = [...wanted.map(({ name, version }) => `${name}=${version}`), ...installed]
    await run('apt-get', [...options, 'download', ...names], { directory: downloads })
  }
  try {
    await download([])
  } catch {
    // No lists of packages, or old ones: fetch them into a folder of our own, which needs no root.
    progress('fetching the lists of packages')
    const lists = join(folder, 'lists')
    await mkdir(join(lists, 'partial'), { recursive: true })
    const own = ['-o', `Dir::State::lists=${lists}`, '-o', `Dir::Cache=${lists}`, '-o', 'Debug::NoLocking=1']
    await run('apt-get', [...own, 'update'])
    await download(own)
  }
  for (const file of await readdir(downloads)) {
    if (file.endsWith('.deb')) await run('dpkg', ['--extract', join(downloads, file), folder])
  }
}

/** Where the programs of unpacked packages find their libraries. */
export const debianLibraries = async (folder: string): Promise<Readonly<Record<string, string>>> => {
  const root = join(folder, 'usr/lib')
  const names = await readdir(root).catch(() => [])
  const folders = [root, ...names.filter((name) => name.includes('-linux-gnu')).map((name) => join(root, name))]
  return { LD_LIBRARY_PATH: folders.join(':') }
}
