import { execFile } from 'node:child_process'

/** What the storage needs to know of the operating system; tests put another one in its place. */
export interface Platform {
  /** `linux`, `darwin`, `win32`, … as `process.platform` has it. */
  readonly name: string
  /** This process. */
  readonly processId: number
  /** Whether a process with this id runs on this machine. A wrong answer costs a writer one more try, never data. */
  isProcessAlive(processId: number): boolean
  /** Runs a program without a shell and resolves when it exits with 0. */
  run(command: string, commandArguments: readonly string[]): Promise<void>
  /** The account this process runs as, for an access control list. */
  accountName(): string
}

/** The operating system this process runs on. */
export const nodePlatform: Platform = {
  name: process.platform,
  processId: process.pid,
  isProcessAlive(processId) {
    try {
      process.kill(processId, 0)
      return true
    } catch (error) {
      // EPERM: it runs, but belongs to somebody else.
      return error instanceof Error && 'code' in error && error.code === 'EPERM'
    }
  },
  run: (command, commandArguments) =>
    new Promise((resolve, reject) => {
      execFile(command, [...commandArguments], { windowsHide: true, timeout: 10_000 }, (error) =>
        error === null ? resolve() : reject(error),
      )
    }),
  accountName: () => accountNameFromEnvironment(),
}

const accountNameFromEnvironment = (): string => {
  const { USERDOMAIN: domain, USERNAME: user = '' } = process.env
  return domain === undefined ? user : `${domain}\\${user}`
}
