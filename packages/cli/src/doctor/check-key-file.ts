import { stat } from 'node:fs/promises'
import type { Finding } from './finding.ts'

/** Whether only its owner can read the key file, and whether it lies where the store's backups do. */
export const checkKeyFile = async (path: string, storeDirectory: string | undefined): Promise<Finding> => {
  try {
    const { mode } = await stat(path)
    if ((mode & 0o077) !== 0 && process.platform !== 'win32') {
      return {
        check: 'key file',
        status: 'fail',
        message: `${path} can be read by others (mode ${(mode & 0o777).toString(8).padStart(4, '0')})`,
        next: `Run: chmod 600 ${path} (and make a new key if somebody else may have read it).`,
      }
    }
  } catch {
    return {
      check: 'key file',
      status: 'fail',
      message: `${path} is not there or cannot be read`,
      next: 'Restore it from where you keep a copy, or say where it is with --key-file.',
    }
  }
  return storeDirectory !== undefined && path.startsWith(`${storeDirectory}/`)
    ? {
        check: 'key file',
        status: 'warn',
        message: `${path} lies inside the store: a backup of the store holds the key as well`,
        next: 'Move it out of the folder and say where it is with --key-file or HOLDFAST_KEY_FILE.',
      }
    : { check: 'key file', status: 'ok', message: `${path} is readable by its owner alone` }
}
