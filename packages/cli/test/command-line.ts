import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import { createFakeClock } from '@holdfast/testkit'
import { onTestFinished } from 'vitest'
import type { CommandEnvironment } from '../src/command-environment.ts'
import { runCommandLine } from '../src/run-command-line.ts'

/** What a command line did. */
export interface Outcome {
  readonly status: number
  readonly stdout: string
  readonly stderr: string
  /** stdout as JSON. */
  json(): Record<string, unknown>
}

/** How a command line is run, beside its arguments. */
export interface RunOptions {
  readonly stdin?: string | Uint8Array
  readonly env?: Readonly<Record<string, string>>
  /** Answers of the person at the terminal, in order; given, stdin and stderr are a terminal. */
  readonly answers?: readonly string[]
  /** Replaces parts of the environment. */
  readonly environment?: Partial<CommandEnvironment>
}

/** A folder of its own, the command line in it, and everything that any run in it has printed. */
export interface CommandLine {
  readonly directory: string
  readonly printed: () => string
  run(args: readonly string[], options?: RunOptions): Promise<Outcome>
  /** Writes a file into the folder and answers its path. */
  write(name: string, content: string | Uint8Array, mode?: number): Promise<string>
}

/** Makes a folder and a command line for one test. Time stands at 2026-11-21 unless the clock is moved. */
export const createCommandLine = async (): Promise<CommandLine> => {
  const directory = await mkdtemp(join(tmpdir(), 'holdfast-cli-'))
  onTestFinished(() => rm(directory, { recursive: true, force: true }))
  const clock = createFakeClock({ wallMs: Date.parse('2026-11-21T12:00:00Z') })
  let printed = ''
  return {
    directory,
    printed: () => printed,
    async write(name, content, mode = 0o600) {
      const path = join(directory, name)
      await writeFile(path, content, { mode })
      return path
    },
    async run(args, { stdin = '', env = {}, answers, environment = {} } = {}) {
      const stdout = new PassThrough()
      const stderr = new PassThrough()
      const remaining = [...(answers ?? [])]
      const isTTY = answers !== undefined
      const status = await runCommandLine({
        argv: args,
        env: { PATH: process.env.PATH, ...env },
        stdin: Object.assign(Readable.from([Buffer.from(stdin)]), { isTTY }),
        stdout,
        stderr: Object.assign(stderr, { isTTY }),
        cwd: directory,
        clock,
        onSignal: () => () => {},
        askHidden: async () => remaining.shift() ?? '',
        ...environment,
      })
      const shown = { stdout: textIn(stdout), stderr: textIn(stderr) }
      printed += shown.stdout + shown.stderr
      return { status, ...shown, json: () => JSON.parse(shown.stdout) }
    },
  }
}

const textIn = (stream: PassThrough): string => {
  const bytes: unknown = stream.read()
  return bytes instanceof Uint8Array ? Buffer.from(bytes).toString('utf8') : ''
}
