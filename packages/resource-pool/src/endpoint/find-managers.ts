import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { managerFolderFromEnvironment } from './manager-folder.ts'

/** A local endpoint that was found. Whether somebody answers there is seen by asking. */
export interface ManagerEndpointPlace {
  /** `inspectAs` of the service. */
  readonly name: string
  readonly pid: number
  readonly socketPath: string
}

/** The endpoints of this user, by name and process. */
export const findManagers = async (
  folder: string = managerFolderFromEnvironment(),
): Promise<readonly ManagerEndpointPlace[]> => {
  const names = await readdir(folder).catch((error: unknown) => {
    if (Reflect.get(Object(error), 'code') === 'ENOENT') return []
    throw error
  })
  return names.flatMap((file) => {
    const [, name, pid] = /^(.+)-(\d+)\.sock$/.exec(file) ?? []
    return name === undefined ? [] : [{ name, pid: Number(pid), socketPath: join(folder, file) }]
  })
}

/** Whether a process of that number runs, as far as this user may know. */
export const isRunning = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return Reflect.get(Object(error), 'code') !== 'ESRCH'
  }
}
