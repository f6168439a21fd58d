import { chown, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { runProgram } from './run-program.ts'

const nobody = 65534

/** `unshare` shows the program another user while it keeps the rights of ours on files; some containers forbid it. */
const asMappedUser = ['unshare', '--user', '--map-user=1000', '--map-group=1000']
const asNobody = ['setpriv', `--reuid=${nobody}`, `--regid=${nobody}`, '--clear-groups']

/**
 * What to put before a command that refuses to be run by root, such as PostgreSQL: nothing for any other user. The private
 * folder is given away where that is needed.
 */
export const unprivileged = async (folder: string): Promise<readonly string[]> => {
  if (process.getuid?.() !== 0) return []
  const [program = '', ...parameters] = asMappedUser
  try {
    await runProgram(program, [...parameters, 'true'], { directory: folder })
    return asMappedUser
  } catch {
    for (const entry of ['.', ...(await readdir(folder))]) await chown(join(folder, entry), nobody, nobody)
    return asNobody
  }
}
