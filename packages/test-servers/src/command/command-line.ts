import type { ServerDefinition } from '../server-definition.ts'
import { serverDefinition, serverDefinitions } from '../server-definitions.ts'

const verbs = ['up', 'fetch', 'list', 'help'] as const

/** What `npm run servers -- …` asks for. */
export interface Command {
  readonly verb: (typeof verbs)[number]
  readonly definitions: readonly ServerDefinition[]
}

/** Reads the words of the command line. Throws with what to write instead. */
export const parseCommand = ([word = 'help', ...names]: readonly string[]): Command => {
  if (word === '--help' || word === '-h') return { verb: 'help', definitions: [] }
  const verb = verbs.find((candidate) => candidate === word)
  if (verb === undefined) {
    throw new Error(`There is no command "${word}". There are: ${verbs.join(', ')}. Try: npm run servers -- help`)
  }
  const option = names.find((name) => name.startsWith('-'))
  if (option === '--help' || option === '-h') return { verb: 'help', definitions: [] }
  if (option !== undefined) throw new Error(`There is no option ${option}. Try: npm run servers -- help`)
  if (verb === 'up' && names.length === 0) {
    const known = serverDefinitions.map(({ name }) => name).join(' ')
    throw new Error(`Say which servers to start: npm run servers -- up redis postgres\nThere are: ${known}`)
  }
  const named = [...new Set(names)].map(serverDefinition)
  return { verb, definitions: named.length === 0 ? serverDefinitions : named }
}
