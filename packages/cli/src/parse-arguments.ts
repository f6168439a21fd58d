import { parseArgs } from 'node:util'
import type { Command, CommandOption } from './command.ts'
import { usageError } from './usage-error.ts'

/** Options that every command takes. */
export const globalOptions: Readonly<Record<string, CommandOption>> = {
  store: { type: 'string', value: 'URL', help: 'the store, such as file:./secrets (HOLDFAST_STORE)' },
  config: { type: 'string', value: 'FILE', help: 'the configuration file; default holdfast.config.* of the project' },
  'key-file': { type: 'string', value: 'FILE', help: 'the key file that opens the vault (HOLDFAST_KEY_FILE)' },
  'ask-passphrase': { type: 'boolean', help: 'ask for the passphrase on the terminal (HOLDFAST_PASSPHRASE)' },
  json: { type: 'boolean', help: 'print JSON on stdout, and errors as JSON on stderr' },
  help: { type: 'boolean', help: 'print what the command does' },
}

/** A command line taken apart. */
export interface ParsedArguments {
  readonly values: Readonly<Record<string, string | boolean | readonly (string | boolean)[] | undefined>>
  readonly positionals: readonly string[]
  readonly rest: readonly string[] | undefined
}

/** Takes the arguments of a command apart. Errors: INVALID_ARGUMENT, naming options but never repeating a value. */
export const parseArguments = (command: Command, argv: readonly string[]): ParsedArguments => {
  const separator = argv.indexOf('--')
  const own = separator < 0 ? argv : argv.slice(0, separator)
  const rest = separator < 0 ? undefined : argv.slice(separator + 1)
  refuseSecrets(command, own)
  const { values, positionals } = parse(command, own)
  if (rest !== undefined && !command.takesRest) {
    throw usageError(command.name, `holdfast ${command.name} takes nothing after --.`, seeHelp(command))
  }
  const { min, max } = command.positionals ?? { min: 0, max: 0 }
  if (positionals.length < min) {
    throw usageError(
      command.name,
      `holdfast ${command.name} needs ${min === 1 ? 'an argument' : `${min} arguments`}: ${command.usage}.`,
      seeHelp(command),
    )
  }
  if (positionals.length > max) {
    throw usageError(
      command.name,
      command.name === 'set'
        ? 'holdfast set takes the id alone: a value among the arguments would be seen by every process of this machine and kept in the history of the shell.'
        : `holdfast ${command.name} was given ${positionals.length === 1 ? 'an argument' : `${positionals.length} arguments`} and takes ${max === 0 ? 'none' : `at most ${max}`}.`,
      command.name === 'set'
        ? 'Pipe the value in (printf %s "$VALUE" | holdfast set <id>), type it when asked, or use --from-file. If it was real, replace it.'
        : seeHelp(command),
    )
  }
  return { values, positionals, rest }
}

const seeHelp = ({ name }: Command): string => `See: holdfast help ${name}`

const parse = (command: Command, argv: readonly string[]): Omit<ParsedArguments, 'rest'> => {
  const options = Object.fromEntries(
    Object.entries({ ...globalOptions, ...command.options }).map(([name, { type, multiple = false }]) => [
      name,
      { type, multiple },
    ]),
  )
  try {
    return parseArgs({ args: [...argv], options, allowPositionals: true, strict: true })
  } catch (error) {
    const code: unknown = Reflect.get(Object(error), 'code')
    // Node's messages repeat what was given; only the name of an option is told.
    const option = /'(?:-\w, )?(--?[\w-]+)/.exec(String(Reflect.get(Object(error), 'message')))?.[1] ?? 'an option'
    if (code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION') {
      throw usageError(command.name, `holdfast ${command.name} has no option ${option}.`, seeHelp(command))
    }
    const problem = options[option.slice(2)]?.type === 'string' ? 'needs a value' : 'takes no value'
    throw usageError(command.name, `The option ${option} of holdfast ${command.name} ${problem}.`, seeHelp(command))
  }
}

/** A passphrase among the arguments is refused before anything else, so that nobody gets used to it. */
const refuseSecrets = (command: Command, argv: readonly string[]): void => {
  const found = argv.find((argument) => /^--?(?:pass(?:word|phrase|wd)?|pw|secret|key|value)(?:=|$)/i.test(argument))
  if (found === undefined) return
  const option = found.replace(/=.*$/s, '')
  throw usageError(
    command.name,
    `${option} is refused: what stands among the arguments is seen by every process of this machine and kept in the history of the shell.`,
    /value|secret/i.test(option)
      ? 'Pipe the value in, type it when asked, or use --from-file.'
      : 'Set HOLDFAST_PASSPHRASE, use --key-file, or type the passphrase when asked (--ask-passphrase). If it was real, change it.',
  )
}
