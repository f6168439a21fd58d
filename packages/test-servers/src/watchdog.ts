import { type ChildProcess, spawn } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

let shell: ChildProcess | undefined

// One small shell per process that starts servers. It notices the end of its input also when this process is killed.
const tell = (line: string): void => {
  if (shell === undefined) {
    shell = spawn('sh', [join(import.meta.dirname, 'watchdog.sh')], {
      // Nothing of the folder of whoever called may be held, and no signal of its terminal may reach the watchdog.
      cwd: tmpdir(),
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    })
    shell.on('error', () => {})
    shell.stdin?.on('error', () => {})
    shell.unref()
    // The pipe of a child is a socket, which may be unreferenced like any other.
    const pipe: unknown = shell.stdin
    if (pipe instanceof Object && 'unref' in pipe && typeof pipe.unref === 'function') pipe.unref()
  }
  shell.stdin?.write(`${line}\n`)
}

/** Ends what this process started when this process is gone, also by SIGKILL. */
export const watchdog = {
  /** A process group to end. */
  started: (pid: number, stopSignal: NodeJS.Signals): void => tell(`start ${stopSignal.replace('SIG', '')} ${pid}`),
  ended: (pid: number): void => tell(`end ${pid}`),
  /** Data to remove. */
  folderCreated: (path: string): void => tell(`folder ${path}`),
  folderRemoved: (path: string): void => tell(`kept ${path}`),
  /** Containers to take down. */
  composeStarted: (project: string, file: string): void => tell(`compose ${project} ${file}`),
} as const
