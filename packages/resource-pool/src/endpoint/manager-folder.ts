import { chmod, lstat, mkdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { HoldfastError } from '@holdfast/contracts'
import { source } from '../pool-errors.ts'

/**
 * Where running managers have their local endpoints: `$XDG_RUNTIME_DIR/holdfast` (XDG Base Directory Specification), else a
 * folder of the user's own among the temporary ones. `HOLDFAST_RUNTIME_DIR` names another.
 */
export const managerFolderFromEnvironment = (
  environment: Readonly<Record<string, string | undefined>> = process.env,
): string => {
  const { HOLDFAST_RUNTIME_DIR: own, XDG_RUNTIME_DIR: runtime } = environment
  if (own) return own
  return runtime ? join(runtime, 'holdfast') : join(tmpdir(), `holdfast-${process.getuid?.() ?? 'user'}`)
}

/** Makes the folder, which nobody else may enter: whoever can connect to an endpoint sees the inside of a service. Errors: PERMISSION_DENIED/FOLDER_EXPOSED when it is somebody else's. */
export const prepareManagerFolder = async (folder: string): Promise<void> => {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const found = await lstat(folder)
  const isForeign = process.getuid !== undefined && found.uid !== process.getuid()
  // A link could be led somewhere else after it was looked at.
  if (isForeign || !found.isDirectory()) throw foreignFolder(folder)
  // It may have been there before, with the rights of its maker's umask.
  await chmod(folder, 0o700)
}

const foreignFolder = (folder: string): HoldfastError =>
  new HoldfastError({
    code: 'PERMISSION_DENIED',
    reason: 'FOLDER_EXPOSED',
    source,
    operation: 'serveManager',
    message: `The folder ${folder} is a link or belongs to another user, who could pretend to be this service.`,
    hint: 'Set HOLDFAST_RUNTIME_DIR to a folder of your own, or have that one removed.',
  })
