import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { cacheFolderFromEnvironment } from '../cache-folder.ts'
import type { ServerDefinition } from '../server-definition.ts'
import type { CommandContext } from './command-context.ts'

const valuesFromEnvironment = (names: readonly string[]): readonly (string | undefined)[] =>
  names.map((name) => process.env[name])

/** Where a server would come from now. */
const placeOf = async ({ environment, installation, container }: ServerDefinition): Promise<string> => {
  const variables = Object.keys(environment)
  if (variables.length > 0 && !valuesFromEnvironment(variables).includes(undefined)) return 'environment'
  if (await installation?.findOnMachine()) return 'PATH'
  if (installation && existsSync(join(cacheFolderFromEnvironment(), installation.id)))
    return `cache: ${installation.id}`
  if (installation) return `to be fetched: ${installation.cost}`
  return container ? 'docker compose' : 'environment only'
}

/** Prints each server with the place it would come from, and the variables that would hand over a running one. */
export const listServers = async ({ definitions, print }: CommandContext): Promise<void> => {
  const width = Math.max(...definitions.map(({ name }) => name.length)) + 2
  for (const definition of definitions) {
    print(`${definition.name.padEnd(width)}${definition.title}, ${await placeOf(definition)}`)
    print(`${' '.repeat(width)}given by: ${Object.keys(definition.environment).join(' ')}`)
  }
}
