import { HoldfastError } from '@holdfast/contracts'
import type { Command, Invocation } from './command.ts'
import type { CommandEnvironment } from './command-environment.ts'
import { commands } from './commands.ts'
import { exitCodeOf, exitCodes } from './exit-code.ts'
import { commandHelp, generalHelp } from './help.ts'
import { createOutput } from './output.ts'
import { type ParsedArguments, parseArguments } from './parse-arguments.ts'
import { reportError } from './report-error.ts'
import { usageError } from './usage-error.ts'
import { programVersion } from './version.ts'

/** Runs one command line and answers the exit code. Never rejects: what fails is told on stderr. */
export const runCommandLine = async (environment: CommandEnvironment): Promise<number> => {
  const isJson = wantsJson(environment.argv)
  try {
    return await dispatch(environment, isJson)
  } catch (error) {
    reportError(environment, error, isJson)
    return exitCodeOf(error)
  }
}

const wantsJson = (argv: readonly string[]): boolean => {
  const separator = argv.indexOf('--')
  return (separator < 0 ? argv : argv.slice(0, separator)).includes('--json')
}

const dispatch = async (environment: CommandEnvironment, isJson: boolean): Promise<number> => {
  const output = createOutput(environment, isJson)
  const [name, ...argv] = environment.argv
  if (name === '--version' || name === 'version') {
    output.result({ version: programVersion() }, programVersion())
    return exitCodes.success
  }
  if (name === undefined || name === 'help' || name === '--help' || name === '-h') {
    const [topic] = argv.filter((argument) => !argument.startsWith('-'))
    const text = topic === undefined ? generalHelp() : commandHelp(commandNamed(topic))
    output.result({ help: text }, text)
    // Called without anything it did nothing, which a script should notice.
    return name === undefined ? exitCodes.usage : exitCodes.success
  }
  const command = commandNamed(name)
  const separator = argv.indexOf('--')
  const own = separator < 0 ? argv : argv.slice(0, separator)
  if (own.includes('-h') || own.includes('--help')) {
    output.result({ help: commandHelp(command) }, commandHelp(command))
    return exitCodes.success
  }
  return invoke(command, parseArguments(command, argv), environment, output)
}

const commandNamed = (name: string): Command => {
  const command = commands.find((candidate) => candidate.name === name)
  if (command !== undefined) return command
  throw usageError('holdfast', `There is no command ${JSON.stringify(name.slice(0, 40))}.`, 'See: holdfast help')
}

const invoke = async (
  command: Command,
  { values, positionals, rest }: ParsedArguments,
  environment: CommandEnvironment,
  output: Invocation['output'],
): Promise<number> => {
  const controller = new AbortController()
  const unsubscribe = command.handlesSignals
    ? []
    : (['SIGINT', 'SIGTERM', 'SIGHUP'] as const).map((signal) =>
        environment.onSignal(signal, () => controller.abort(interrupted(command, signal))),
      )
  try {
    return await command.run({
      environment,
      output,
      positionals,
      rest,
      signal: controller.signal,
      text: (name) => (typeof values[name] === 'string' ? values[name] : undefined),
      texts: (name) => (Array.isArray(values[name]) ? values[name].map(String) : []),
      isSet: (name) => values[name] === true,
    })
  } finally {
    output.progress('')
    for (const stop of unsubscribe) stop()
  }
}

const interrupted = (command: Command, signal: string): HoldfastError =>
  new HoldfastError({
    code: 'CANCELLED',
    source: 'cli',
    operation: command.name,
    message: `holdfast ${command.name} was interrupted (${signal}).`,
    hint: 'What was done until then is kept; run it again to finish.',
  })
