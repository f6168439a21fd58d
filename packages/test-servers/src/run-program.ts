import { spawn } from 'node:child_process'
import { createWriteStream } from 'node:fs'
import { constants, getPriority, setPriority } from 'node:os'
import { lastLines } from './last-lines.ts'
import { watchdog } from './watchdog.ts'

const wholeFromEnvironment = (): NodeJS.ProcessEnv => process.env

/** Options of {@link runProgram}. */
export interface RunProgramOptions {
  readonly directory: string
  /** Added to the environment of this process. */
  readonly environment?: Readonly<Record<string, string>>
  /** Gets all output as well. */
  readonly logFile?: string
  readonly signal?: AbortSignal | undefined
  /** Leaves the processor to whoever else wants it, such as the tests beside a build. */
  readonly inBackground?: boolean
}

/** Runs a program to its end and resolves with what it printed. Rejects with its last lines unless it ended with 0. */
export const runProgram = (
  program: string,
  parameters: readonly string[],
  { directory, environment, logFile, signal, inBackground = false }: RunProgramOptions,
): Promise<string> =>
  new Promise((resolve, reject) => {
    signal?.throwIfAborted()
    const log = logFile === undefined ? undefined : createWriteStream(logFile, { flags: 'a' })
    log?.write(`$ ${program} ${parameters.join(' ')}\n`)
    const child = spawn(program, parameters, {
      cwd: directory,
      env: { ...wholeFromEnvironment(), ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
      // A group of its own: an abort also ends the compilers and downloads it started.
      detached: true,
    })
    if (child.pid !== undefined) {
      // Also when this process is killed.
      watchdog.started(child.pid, 'SIGTERM')
      const { PRIORITY_BELOW_NORMAL: low } = constants.priority
      // Lower only: taking priority back is not everybody's right.
      if (inBackground && getPriority(child.pid) < low) setPriority(child.pid, low)
    }
    let output = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8')
      stream.on('data', (text: string) => {
        output += text
        log?.write(text)
      })
    }
    const abort = (): void => {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
    }
    signal?.addEventListener('abort', abort)
    const settle = (error?: Error): void => {
      signal?.removeEventListener('abort', abort)
      if (child.pid !== undefined) watchdog.ended(child.pid)
      log?.end()
      if (error) reject(error)
      else resolve(output)
    }
    child.on('error', (cause) => settle(new Error(`${program} cannot be run: ${cause.message}`, { cause })))
    child.on('close', (code, ended) => {
      if (code === 0) settle()
      else if (signal?.aborted) settle(new Error(`${program} was interrupted`))
      else
        settle(
          new Error(
            `${program} ${parameters[0] ?? ''} failed (${ended ?? `exit code ${code}`}):\n${lastLines(output)}`,
          ),
        )
    })
  })
