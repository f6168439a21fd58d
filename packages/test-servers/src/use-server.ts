import { askSupervisor, supervisorFromEnvironment } from './ask-supervisor.ts'
import type { TestServer } from './private-server.ts'
import { progressOnTerminal } from './progress.ts'
import { reportServerUse } from './report-server-use.ts'
import { serverDefinition } from './server-definitions.ts'
import { ServerUnavailableError } from './server-unavailable-error.ts'
import { createSharedServers, type SharedServers } from './shared-servers.ts'
import type { SupervisorAnswer } from './supervisor.ts'

let ownServers: SharedServers | undefined

const askForServer = async (address: string, name: string): Promise<TestServer> => {
  // The supervisor is the code beside this file.
  const answer = JSON.parse(await askSupervisor(address, `/use/${encodeURIComponent(name)}`)) as SupervisorAnswer
  if (answer.status === 'running') {
    // As above: a TestServer holds only text, so nothing of it is lost as JSON.
    return answer.server as TestServer
  }
  if (answer.status === 'absent') throw new ServerUnavailableError(name, answer.reason, answer.remedy)
  throw new Error(answer.reason)
}

/**
 * The server of this name, shared by all test files of the run (or by all callers in this process when no run is under
 * way); the first call gets and starts it. Keep apart from the others by a random prefix, database or mount of your own.
 * Rejects with {@link ServerUnavailableError} when it is not to be had here.
 */
export const useServer = async (name: string): Promise<TestServer> => {
  serverDefinition(name)
  const address = supervisorFromEnvironment()
  ownServers ??= createSharedServers({ progress: progressOnTerminal })
  const server = await (address === undefined ? ownServers.use(name) : askForServer(address, name))
  await reportServerUse(server)
  return server
}
