import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type IncomingMessage } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ServerUnavailableError } from './server-unavailable-error.ts'
import type { ServerUse } from './server-use.ts'
import type { SharedServers } from './shared-servers.ts'
import { watchdog } from './watchdog.ts'

/** What test files of one run share: it starts each server once, and is told who used what. */
export interface Supervisor {
  /** The path of its Unix socket; only this user can reach it. */
  readonly address: string
  readonly uses: readonly ServerUse[]
  close(): Promise<void>
}

/** What the supervisor answers to a request for a server. */
export type SupervisorAnswer =
  | { readonly status: 'running'; readonly server: unknown }
  | { readonly status: 'absent'; readonly reason: string; readonly remedy: string }
  | { readonly status: 'failed'; readonly reason: string }

const textOf = async (request: IncomingMessage): Promise<string> => {
  let text = ''
  for await (const chunk of request.setEncoding('utf8')) text += chunk
  return text
}

const answerFor = async (servers: SharedServers, name: string): Promise<SupervisorAnswer> => {
  try {
    return { status: 'running', server: await servers.use(name) }
  } catch (error) {
    if (error instanceof ServerUnavailableError) {
      return { status: 'absent', reason: error.reason, remedy: error.remedy }
    }
    return { status: 'failed', reason: error instanceof Error ? error.message : String(error) }
  }
}

/** Listens on a Unix socket in a folder of its own. Nothing is started before somebody asks for it. */
export const startSupervisor = async (servers: SharedServers): Promise<Supervisor> => {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-supervisor-'))
  watchdog.folderCreated(folder)
  const address = join(folder, 'socket')
  const uses: ServerUse[] = []
  const http = createServer(async (request, response) => {
    const text = await textOf(request)
    const [, verb, name = ''] = (request.url ?? '').split('/')
    if (verb === 'report') {
      // Written by reportServerUse of this package, the only client of a socket that is private to this user.
      uses.push(JSON.parse(text) as ServerUse)
      response.end()
    } else {
      response.end(JSON.stringify(await answerFor(servers, decodeURIComponent(name))))
    }
  })
  // A first fetch may take minutes, and a caller waits for it.
  http.requestTimeout = 0
  http.unref()
  await new Promise<void>((resolve, reject) => {
    http.on('error', reject)
    http.listen(address, resolve)
  })
  return {
    address,
    uses,
    async close() {
      await new Promise((resolve) => {
        http.close(resolve)
        http.closeAllConnections()
      })
      await servers.stop()
      await rm(folder, { recursive: true, force: true })
      watchdog.folderRemoved(folder)
    },
  }
}
