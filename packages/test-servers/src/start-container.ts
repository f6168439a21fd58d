import { join } from 'node:path'
import { findProgram } from './find-program.ts'
import { freePort } from './free-port.ts'
import type { TestServer } from './private-server.ts'
import { type Progress, withProgress } from './progress.ts'
import { runProgram } from './run-program.ts'
import type { ServerDefinition } from './server-definition.ts'
import { watchdog } from './watchdog.ts'

const repositoryRoot = join(import.meta.dirname, '../../..')

/** A server in a container, and what takes it down. */
export interface StartedContainer {
  readonly server: TestServer
  readonly stop: () => Promise<void>
}

/** Starts the service of docker-compose.test.yml that stands for a server; undefined where there is no Docker or no service. */
export const startContainer = async (
  { container, name, title, version }: ServerDefinition,
  progress: Progress,
  composeFile = join(repositoryRoot, 'docker-compose.test.yml'),
): Promise<StartedContainer | undefined> => {
  if (container === undefined || (await findProgram('docker')) === undefined) return undefined
  const docker = (parameters: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<string> =>
    runProgram('docker', parameters, { directory: repositoryRoot, environment })
  const isUsable = await docker(['info'])
    .then(() => docker(['compose', 'version']))
    .then(
      () => true,
      () => false,
    )
  if (!isUsable) return undefined
  const ports = await Promise.all(container.portVariables.map(() => freePort()))
  const environment = Object.fromEntries(
    container.portVariables.map((variable, index) => [variable, String(ports[index])]),
  )
  const project = `holdfast-${name}-${process.pid}-${ports[0]}`
  const compose = ['compose', '--project-name', project, '--file', composeFile]
  const stop = async (): Promise<void> => {
    await docker([...compose, 'down', '--volumes'], environment)
  }
  watchdog.composeStarted(project, composeFile)
  try {
    await withProgress(progress, `${name}: docker compose up ${container.service}`, () =>
      docker([...compose, 'up', '--detach', '--wait', container.service], environment),
    )
    const settings = container.settings(ports)
    return { server: { name, title, version: await version(settings), origin: 'docker', settings }, stop }
  } catch (error) {
    await stop().catch(() => {})
    throw error
  }
}
