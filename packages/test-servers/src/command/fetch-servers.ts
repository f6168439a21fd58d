import { findPrograms } from '../find-programs.ts'
import type { CommandContext } from './command-context.ts'

/** Gets the programs of all servers named, at the same time. Resolves with the exit code: 1 when one is not to be had. */
export const fetchServers = async ({ definitions, print, progress, signal }: CommandContext): Promise<number> => {
  // Two servers of one installation wait for the same fetch.
  const outcomes = await Promise.all(
    definitions.map(async (definition) => {
      const { name, installation, container } = definition
      if (installation === undefined) {
        const instead = container === undefined ? 'by its variables' : 'by docker compose or its variables'
        return { line: `${name}: only ${instead}`, isMissing: false }
      }
      try {
        const { origin, programs } = await findPrograms(definition, { progress, signal })
        return { line: `${name}: ${origin}, ${Object.values(programs.paths).join(' ')}`, isMissing: false }
      } catch (error) {
        return { line: error instanceof Error ? error.message : String(error), isMissing: true }
      }
    }),
  )
  for (const { line } of outcomes) print(line)
  return outcomes.some(({ isMissing }) => isMissing) ? 1 : 0
}
