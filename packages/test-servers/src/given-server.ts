import type { TestServer } from './private-server.ts'
import type { ServerDefinition } from './server-definition.ts'

const variablesFromEnvironment = (names: readonly string[]): readonly (string | undefined)[] =>
  names.map((name) => process.env[name] || undefined)

/** The server that variables of the environment hand over, or undefined when they do not. Rejects when it does not answer. */
export const givenServer = async (definition: ServerDefinition): Promise<TestServer | undefined> => {
  const variables = Object.entries(definition.environment)
  const values = variablesFromEnvironment(variables.map(([variable]) => variable))
  const missing = variables.filter((_, index) => values[index] === undefined).map(([variable]) => variable)
  if (missing.length === variables.length) return undefined
  if (missing.length > 0) throw new Error(`${definition.name} is given only in part: set ${missing.join(', ')} as well`)
  const settings = Object.fromEntries(variables.map(([, setting], index) => [setting, values[index] ?? '']))
  const { name, title } = definition
  try {
    return { name, title, version: await definition.version(settings), origin: 'environment', settings }
  } catch (cause) {
    const names = variables.map(([variable]) => variable).join(', ')
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new Error(`${name} is given by ${names}, but does not answer (${reason}): start it, or unset them`, { cause })
  }
}
