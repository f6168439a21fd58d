import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join, relative } from 'node:path'

/** A copy of the workspace in a temporary folder, in which files may be broken. */
export interface WorkspaceCopy {
  readonly root: string
  remove(): void
}

const left = new Set(['node_modules', '.git', '.tools', '.turbo', 'dist', 'coverage', 'reports', '.holdfast'])

/**
 * Copies the working tree with its links to packages, so that an import between packages stays inside the copy. Only
 * pnpm's store of third-party packages is shared with the original.
 */
export const copyWorkspace = (root: string): WorkspaceCopy => {
  const copy = mkdtempSync(join(tmpdir(), 'holdfast-mutants-'))
  cpSync(root, copy, {
    recursive: true,
    verbatimSymlinks: true,
    filter: (source) => source === root || !left.has(basename(source)),
  })
  for (const modules of modulesFolders(root)) copyModules(modules, join(copy, relative(root, modules)))
  return { root: copy, remove: () => rmSync(copy, { recursive: true, force: true }) }
}

const modulesFolders = (root: string): readonly string[] => {
  const members = ['packages', 'apps'].flatMap((group) =>
    existsSync(join(root, group)) ? readdirSync(join(root, group)).map((name) => join(root, group, name)) : [],
  )
  return [root, ...members].map((folder) => join(folder, 'node_modules')).filter((path) => existsSync(path))
}

const copyModules = (from: string, to: string): void => {
  mkdirSync(to, { recursive: true })
  for (const name of readdirSync(from)) {
    if (name.startsWith('.') && name !== '.bin') {
      if (name === '.pnpm') symlinkSync(join(from, name), join(to, name))
    } else cpSync(join(from, name), join(to, name), { recursive: true, verbatimSymlinks: true })
  }
}
