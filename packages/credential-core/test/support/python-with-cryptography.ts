import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const complete = 'complete'

/**
 * The path of a Python 3 that has the packages of a requirements file, in a virtual environment under the user's cache
 * that is made when it is not there yet. Rejects with what pip or Python said when it cannot be made.
 */
export const pythonWith = async (requirements: string): Promise<string> => {
  const { stdout: version } = await run('python3', ['-c', 'import sys; print(sys.version)'])
  const fingerprint = createHash('sha256').update(version).update(readFileSync(requirements)).digest('hex').slice(0, 16)
  const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'holdfast')
  const environment = join(cache, `python-${fingerprint}`)
  const python = join(environment, 'bin', 'python')
  if (existsSync(join(environment, complete))) return python
  // What was left half made is thrown away: the marker comes last.
  await rm(environment, { recursive: true, force: true })
  await mkdir(cache, { recursive: true })
  await run('python3', ['-m', 'venv', environment])
  await run(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', requirements])
  await writeFile(join(environment, complete), version)
  return python
}
