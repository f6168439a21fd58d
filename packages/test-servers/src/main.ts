// npm run servers: starts, lists and fetches test servers by hand.
import { stderr, stdout } from 'node:process'
import { parseCommand } from './command/command-line.ts'
import { fetchServers } from './command/fetch-servers.ts'
import { helpText } from './command/help-text.ts'
import { listServers } from './command/list-servers.ts'
import { serversUp } from './command/servers-up.ts'
import { progressOnTerminal } from './progress.ts'

const parameters = process.argv.slice(2)
try {
  const { verb, definitions } = parseCommand(parameters)
  const print = (line: string): void => void stdout.write(`${line}\n`)
  const context = { definitions, print, progress: progressOnTerminal }
  if (verb === 'help') print(helpText())
  else if (verb === 'list') await listServers(context)
  else if (verb === 'fetch') process.exitCode = await fetchServers(context)
  else process.exitCode = await serversUp(context)
} catch (error) {
  stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}
