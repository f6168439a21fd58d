import { spawn } from 'node:child_process'
import { delimiter, join } from 'node:path'
import { repositoryRoot } from './repository-root.ts'

// Programs of the workspace are found also when a script was started without npm.
const searchPath = [join(repositoryRoot, 'node_modules/.bin'), process.env.PATH].join(delimiter)

/** How a child process ended, and what it said. */
export interface CommandResult {
  /** 0 is success; 128 + n when a signal ended it, 124 when it ran out of time. */
  readonly exitCode: number
  /** Standard output and error, in the order they came; empty when the output was shown instead. */
  readonly output: string
  readonly durationMs: number
}

/** Options of {@link runCommand}. */
export interface RunCommandOptions {
  readonly directory: string
  /** Added to the environment of this process; undefined takes a variable out. */
  readonly environment?: Readonly<Record<string, string | undefined>>
  /** Shows the output as it comes: `instead` of collecting it, on the terminal of this process, or `also`. Default: only collects. */
  readonly showOutput?: 'instead' | 'also'
  /** After this many milliseconds the whole process group is killed. Default: never. */
  readonly timeoutMs?: number
}

/** Runs a program to its end. Rejects only when it cannot be started. */
export const runCommand = (
  program: string,
  parameters: readonly string[],
  options: RunCommandOptions,
): Promise<CommandResult> => {
  const started = performance.now()
  const child = spawn(program, parameters, {
    cwd: options.directory,
    env: { ...process.env, PATH: searchPath, ...options.environment },
    stdio: options.showOutput === 'instead' ? 'inherit' : ['ignore', 'pipe', 'pipe'],
    // A group of its own, so that a timeout also ends what the program started.
    detached: options.timeoutMs !== undefined,
  })
  let output = ''
  const streams = [
    [child.stdout, process.stdout],
    [child.stderr, process.stderr],
  ] as const
  for (const [stream, shown] of streams) {
    stream?.setEncoding('utf8')
    stream?.on('data', (text: string) => {
      output += text
      if (options.showOutput === 'also') shown.write(text)
    })
  }
  let timedOut = false
  const timer =
    options.timeoutMs === undefined
      ? undefined
      : setTimeout(() => {
          timedOut = true
          if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
        }, options.timeoutMs)
  return new Promise((resolve, reject) => {
    child.on('error', (error) => {
      clearTimeout(timer)
      reject(error)
    })
    child.on('close', (code, signal) => {
      clearTimeout(timer)
      const exitCode = timedOut ? 124 : (code ?? (signal === 'SIGINT' ? 130 : 143))
      resolve({ exitCode, output, durationMs: performance.now() - started })
    })
  })
}
