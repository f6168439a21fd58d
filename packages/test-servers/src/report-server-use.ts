import { join, relative } from 'node:path'
import { askSupervisor, supervisorFromEnvironment } from './ask-supervisor.ts'
import type { TestServer } from './private-server.ts'
import type { ServerUse } from './server-use.ts'

const repositoryRoot = join(import.meta.dirname, '../../..')

const runsInVitestFromEnvironment = (): boolean => process.env.VITEST !== undefined

/** The test file that runs here; undefined in a process that a test has started, which inherits its environment. */
const currentSuite = async (): Promise<string | undefined> => {
  try {
    const { expect } = await import('vitest')
    const { testPath } = expect.getState()
    return testPath === undefined ? undefined : relative(repositoryRoot, testPath)
  } catch {
    return undefined
  }
}

/** Tells the supervisor of the run on which server the current test file runs. Without a supervisor nobody is told. */
export const reportServerUse = async (
  server: Pick<TestServer, 'name' | 'title'> & Partial<Pick<TestServer, 'version' | 'origin'>>,
  absent?: string,
): Promise<void> => {
  const address = supervisorFromEnvironment()
  if (address === undefined || !runsInVitestFromEnvironment()) return
  const suite = await currentSuite()
  if (suite === undefined) return
  const { name, title, version, origin } = server
  const use: ServerUse = { server: name, title, version, origin, suite, absent }
  await askSupervisor(address, '/report', JSON.stringify(use))
}
