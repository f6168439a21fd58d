import type { CommandEnvironment } from './command-environment.ts'
import type { Output } from './output.ts'

/** An option of a command. */
export interface CommandOption {
  readonly type: 'boolean' | 'string'
  /** May be given several times. Default false. */
  readonly multiple?: boolean
  /** What its value is called in the help: `NAME`. */
  readonly value?: string
  readonly help: string
}

/** A command as it was called. */
export interface Invocation {
  readonly environment: CommandEnvironment
  readonly output: Output
  /** The arguments that are no options, before a `--`. */
  readonly positionals: readonly string[]
  /** What stood after `--`; undefined when there was none. */
  readonly rest: readonly string[] | undefined
  /** Aborted by Ctrl-C and by SIGTERM. */
  readonly signal: AbortSignal
  /** The value of an option, or undefined. */
  text(name: string): string | undefined
  /** Every value of an option that may be given several times. */
  texts(name: string): readonly string[]
  /** Whether an option without a value was given. */
  isSet(name: string): boolean
}

/** One of the commands: `holdfast <name>`. */
export interface Command {
  readonly name: string
  /** What stands after the name in the help: `<id> [--reveal]`. */
  readonly usage: string
  /** One line. */
  readonly summary: string
  /** More lines for its own help. */
  readonly description?: string
  readonly options?: Readonly<Record<string, CommandOption>>
  /** How many arguments it takes. Default: none. */
  readonly positionals?: { readonly min: number; readonly max: number }
  /** Takes what stands after `--`. Default false. */
  readonly takesRest?: boolean
  /** Gets the signals of the process itself and is not aborted by them. Default false. */
  readonly handlesSignals?: boolean
  /** Does the work and answers the exit code. Throws HoldfastErrors. */
  run(invocation: Invocation): Promise<number>
}
