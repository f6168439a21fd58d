import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { AnyCredentialStorage } from '@holdfast/contracts/credentials'
import type { Finding } from './finding.ts'

/** Whether the store answers. */
export const checkStore = async (storage: AnyCredentialStorage, signal: AbortSignal): Promise<Finding> => {
  const { status, reason, latencyMs } = await storage.health({ signal })
  if (status === 'up')
    return { check: 'store', status: 'ok', message: `${storage.name} answers (${Math.round(latencyMs)} ms)` }
  return {
    check: 'store',
    status: status === 'degraded' ? 'warn' : 'fail',
    message: `${storage.name} is ${status}: ${reason ?? 'it gives no reason'}`,
    next: 'Check that it is reachable, that you may use it, and that there is room.',
  }
}

/** Whether the folder of a local store is closed to others, and whether something was left behind in it. */
export const checkFolder = async (directory: string, quarantined: number): Promise<readonly Finding[]> => {
  const { mode } = await stat(directory)
  const isOpen = (mode & 0o077) !== 0 && process.platform !== 'win32'
  const pending = await readdir(join(directory, '.pending')).catch(() => [])
  return [
    isOpen
      ? {
          check: 'folder',
          status: 'fail',
          message: `${directory} can be entered by others (mode ${(mode & 0o777).toString(8).padStart(4, '0')})`,
          next: `Run: chmod 700 ${directory}`,
        }
      : { check: 'folder', status: 'ok', message: `${directory} is closed to others` },
    ...(pending.length === 0
      ? []
      : [
          {
            check: 'leftovers',
            status: 'warn',
            message: `unfinished writes lie in ${join(directory, '.pending')}: ${pending.length}`,
            next: 'Nothing, if another process is writing now; what a crashed one left is removed the next time the store is opened.',
          } as const,
        ]),
    ...(quarantined === 0
      ? []
      : [
          {
            check: 'leftovers',
            status: 'warn',
            message: `damaged files were moved to ${join(directory, '.quarantine')}: ${quarantined}`,
            next: 'Look at them, then delete them.',
          } as const,
        ]),
  ]
}
