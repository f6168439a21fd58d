import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { FetchContext } from '../server-definition.ts'

/**
 * Installs what a file of pinned requirements names into a virtual environment in the folder. The folder is renamed
 * afterwards, so run modules with `venv/bin/python -m`: scripts beside it name the old place.
 */
export const fetchPythonPackages = async ({ folder, run }: FetchContext, requirementsFile: string): Promise<void> => {
  const venv = join(folder, 'venv')
  await run('python3', ['-m', 'venv', venv])
  // A server compiles what it imports at its first start, a small part of what lies there.
  const pip = [
    '-m',
    'pip',
    '--disable-pip-version-check',
    'install',
    '--no-input',
    '--no-deps',
    '--no-compile',
    '--requirement',
  ]
  await run(join(venv, 'bin/python'), [...pip, requirementsFile])
}

/** The Python of the virtual environment in an installed folder. */
export const pythonOf = (folder: string): string => join(folder, 'venv/bin/python')

/** Where the packages of the virtual environment lie. */
export const sitePackagesOf = async (folder: string): Promise<string> => {
  const lib = join(folder, 'venv/lib')
  const [python = 'python3'] = (await readdir(lib)).filter((name) => name.startsWith('python3'))
  return join(lib, python, 'site-packages')
}
