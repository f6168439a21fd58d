import type { ServerDefinition } from './server-definition.ts'

/** What gets a server that is not here, in one line. */
export const remedyFor = ({ name, installation, container, environment }: ServerDefinition): string => {
  if (installation !== undefined) return `Get it with: npm run servers -- fetch ${name}`
  const variables = `set ${Object.keys(environment).join(', ')}`
  return container === undefined
    ? `To use one, ${variables}`
    : `Start Docker, whose compose file has it, or ${variables}`
}
