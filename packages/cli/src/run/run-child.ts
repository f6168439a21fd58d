import { type ChildProcess, spawn } from 'node:child_process'
import { constants } from 'node:os'
import type { Readable, Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { HoldfastError } from '@holdfast/contracts'
import type { CommandEnvironment } from '../command-environment.ts'
import { exitCodes } from '../exit-code.ts'
import { createRedactingStream } from '../redaction/redacting-stream.ts'

/** What to run. */
export interface ChildOptions {
  readonly command: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  /** What its output must not show; undefined: its output is not touched at all. */
  readonly redact: readonly string[] | undefined
}

/** Signals that are passed on to the child. */
const forwarded = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2', 'SIGWINCH'] as const

/** Those that a terminal sends to the child itself, because it is in the same group: passing them on would double them. */
const sentByTerminals: readonly string[] = ['SIGINT', 'SIGQUIT', 'SIGHUP', 'SIGWINCH']

/**
 * Runs a program to its end and answers its exit code: 128 and the number of the signal when a signal ended it, 127 when
 * there is no such program, 126 when it cannot be executed. Signals are passed on to it.
 */
export const runChild = async (environment: CommandEnvironment, options: ChildOptions): Promise<number> => {
  const { redact } = options
  const child = start(environment, options)
  const stopForwarding = forwardSignals(environment, child)
  try {
    const [status] = await Promise.all([
      ended(child, options.command),
      ...(redact === undefined
        ? []
        : [passOn(child.stdout, environment.stdout, redact), passOn(child.stderr, environment.stderr, redact)]),
    ])
    return status
  } catch (error) {
    // Nobody is left to read what it prints: it must not go on alone.
    child.kill()
    throw error
  } finally {
    stopForwarding()
  }
}

const start = ({ cwd }: CommandEnvironment, { command, args, env, redact }: ChildOptions): ChildProcess => {
  try {
    return spawn(command, args, {
      cwd,
      env: { ...env },
      stdio: redact === undefined ? 'inherit' : ['inherit', 'pipe', 'pipe'],
    })
  } catch (error) {
    // What the system refuses for its size, or Node for its form, is thrown instead of told as an event.
    throw notStarted(command, error)
  }
}

const forwardSignals = (environment: CommandEnvironment, child: ChildProcess): (() => void) => {
  const { stdin, stdout, stderr } = environment
  const hasTerminal = [stdin, stdout, stderr].some((stream) => stream.isTTY === true)
  const stops = forwarded.map((signal) =>
    environment.onSignal(signal, () => {
      if (!hasTerminal || !sentByTerminals.includes(signal)) child.kill(signal)
    }),
  )
  return () => {
    for (const stop of stops) stop()
  }
}

/** Passes the output on with the secrets taken out. When nobody reads on (`| head`), the child is told by its own pipe. */
const passOn = async (from: Readable | null, to: Writable, secrets: readonly string[]): Promise<void> => {
  if (from === null) return
  try {
    await pipeline(from, createRedactingStream(secrets), to, { end: false })
  } catch (error) {
    if (
      !['EPIPE', 'ERR_STREAM_PREMATURE_CLOSE', 'ERR_STREAM_DESTROYED'].includes(
        String(Reflect.get(Object(error), 'code')),
      )
    )
      throw error
  }
}

const ended = (child: ChildProcess, command: string): Promise<number> =>
  new Promise((resolve, reject) => {
    child.on('error', (error) => {
      // A signal that could not be delivered to a child that has just ended is no failure to start it.
      if (child.pid !== undefined) return
      reject(notStarted(command, error))
    })
    child.on('exit', (code, signal) => {
      resolve(signal === null ? (code ?? exitCodes.failure) : 128 + constants.signals[signal])
    })
  })

const notStarted = (command: string, cause: unknown): HoldfastError => {
  const code: unknown = Reflect.get(Object(cause), 'code')
  if (code === 'E2BIG') return tooLarge(command, cause)
  const isMissing = code === 'ENOENT'
  return new HoldfastError({
    code: isMissing ? 'NOT_FOUND' : 'PERMISSION_DENIED',
    source: 'cli',
    operation: 'run',
    message: `The program ${JSON.stringify(command.slice(0, 200))} ${isMissing ? 'was not found' : 'could not be started'}.`,
    hint: isMissing ? 'Check its name and the PATH, or give its path.' : 'Check that it is executable (chmod +x).',
    details: { exitCode: isMissing ? exitCodes.commandNotFound : exitCodes.notExecutable },
    cause,
  })
}

const tooLarge = (command: string, cause: unknown): HoldfastError =>
  new HoldfastError({
    code: 'INVALID_ARGUMENT',
    reason: 'LIMIT_EXCEEDED',
    source: 'cli',
    operation: 'run',
    message: `The program ${JSON.stringify(command.slice(0, 200))} was not started: its variables and arguments are more than the system allows.`,
    hint: 'Leave the largest secrets out with --only PREFIX or --scope SCOPE, and let the program read them from the vault. Linux takes 128 KiB for each variable.',
    details: { exitCode: exitCodes.notExecutable },
    cause,
  })
