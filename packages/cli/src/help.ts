import type { Command, CommandOption } from './command.ts'
import { commands } from './commands.ts'
import { globalOptions } from './parse-arguments.ts'
import { table } from './table.ts'

/** What `holdfast help` prints. */
export const generalHelp = (): string =>
  [
    'holdfast keeps secrets out of plain files, checks them, and runs programs with them.',
    '',
    'Usage: holdfast <command> [arguments] [options]',
    '',
    'Commands',
    table(commands.map(({ name, summary }) => [`  ${name}`, summary])),
    '',
    'Options of every command',
    optionTable(globalOptions),
    '',
    'Begin with: holdfast init, then holdfast import .env, then holdfast run -- <your program>',
    'More about one: holdfast help <command>',
  ].join('\n')

/** What `holdfast help <command>` prints. */
export const commandHelp = ({ name, usage, summary, description, options = {} }: Command): string =>
  [
    `Usage: holdfast ${name}${usage === '' ? '' : ` ${usage}`}`,
    '',
    summary,
    ...(description === undefined ? [] : ['', description]),
    ...(Object.keys(options).length === 0 ? [] : ['', 'Options', optionTable(options)]),
    '',
    'Options of every command',
    optionTable(globalOptions),
  ].join('\n')

const optionTable = (options: Readonly<Record<string, CommandOption>>): string =>
  table(
    Object.entries(options).map(([name, { value, help, multiple }]) => [
      `  --${name}${value === undefined ? '' : ` ${value}`}`,
      `${help}${multiple === true ? ' (may be repeated)' : ''}`,
    ]),
  )
