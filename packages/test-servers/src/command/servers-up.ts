import { once } from 'node:events'
import type { TestServer } from '../private-server.ts'
import type { ServerDefinition } from '../server-definition.ts'
import { createSharedServers } from '../shared-servers.ts'
import type { CommandContext } from './command-context.ts'

const line = (name: string, value: string): string =>
  /^[\w:/.@,+=-]*$/.test(value) ? `${name}=${value}` : `${name}='${value}'`

/** Settings as env lines: as the drivers read them, then as a test run takes the server over where those names differ. */
const envLines = (
  { environment }: ServerDefinition,
  { title, version, origin, settings }: TestServer,
): readonly string[] => [
  `# ${title} ${version}, from ${origin === 'path' ? 'PATH' : origin}`,
  ...Object.entries(settings).map(([name, value]) => line(name, value)),
  ...Object.entries(environment)
    .filter(([variable, setting]) => variable !== setting)
    .map(([variable, setting]) => line(variable, settings[setting] ?? '')),
]

/**
 * Starts the servers at the same time, prints the settings of each as soon as it serves, and keeps them until a signal
 * (SIGINT, SIGTERM, SIGHUP). Resolves with the exit code: 1 when one did not start; the others are then ended too.
 */
export const serversUp = async (context: CommandContext): Promise<number> => {
  const { definitions, print, progress } = context
  const servers = createSharedServers({ progress })
  const interrupted = Promise.race(['SIGINT', 'SIGTERM', 'SIGHUP'].map((signal) => once(process, signal)))
  const keepAlive = setInterval(() => {}, 60_000)
  const started = performance.now()
  const startAll = async (): Promise<number> => {
    const outcomes = await Promise.allSettled(
      definitions.map(async (definition) => {
        for (const text of envLines(definition, await servers.use(definition.name))) print(text)
      }),
    )
    const problems = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []))
    for (const problem of problems) progress(problem instanceof Error ? problem.message : String(problem))
    if (problems.length > 0) return 1
    progress(`${definitions.length} up after ${Math.round(performance.now() - started)} ms; Ctrl-C ends them`)
    await interrupted
    return 0
  }
  try {
    return await Promise.race([startAll(), interrupted.then(() => 0)])
  } finally {
    clearInterval(keepAlive)
    progress('ending them')
    await servers.stop()
  }
}
