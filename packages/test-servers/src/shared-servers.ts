import { findPrograms } from './find-programs.ts'
import { givenServer } from './given-server.ts'
import type { PrivateServer, TestServer } from './private-server.ts'
import type { Progress } from './progress.ts'
import type { ServerDefinition } from './server-definition.ts'
import { serverDefinition } from './server-definitions.ts'
import { ServerUnavailableError } from './server-unavailable-error.ts'
import { startContainer } from './start-container.ts'
import { startPlan } from './start-plan.ts'

/** Servers that several parties use, each started once. */
export interface SharedServers {
  /** The running server of this name; the first call starts it. Several may be started at once. */
  use(name: string): Promise<TestServer>
  /** Ends all that were started here. */
  stop(): Promise<void>
}

/** Options of {@link createSharedServers}. */
export interface SharedServersOptions {
  readonly progress: Progress
  readonly cacheFolder?: string
  /** Default: the servers of this package. */
  readonly define?: (name: string) => ServerDefinition
}

/** A set of servers, each from the environment, PATH, the cache, a fetch or docker compose, whichever is to be had first. */
export const createSharedServers = (options: SharedServersOptions): SharedServers => {
  const { define = serverDefinition } = options
  const servers = new Map<string, Promise<TestServer>>()
  const stops: (() => Promise<void>)[] = []

  const start = async (definition: ServerDefinition): Promise<TestServer> => {
    const given = await givenServer(definition)
    if (given !== undefined) return given
    try {
      const server: PrivateServer = await startPlan(definition, await findPrograms(definition, options))
      stops.push(() => server.stop())
      const { name, title, version, origin, settings } = server
      return { name, title, version, origin, settings }
    } catch (error) {
      if (!(error instanceof ServerUnavailableError)) throw error
      const container = await startContainer(definition, options.progress)
      if (container === undefined) throw error
      stops.push(container.stop)
      return container.server
    }
  }
  return {
    use(name) {
      const server = servers.get(name) ?? start(define(name))
      servers.set(name, server)
      return server
    },
    async stop() {
      await Promise.allSettled(servers.values())
      servers.clear()
      await Promise.all(stops.splice(0).map((stop) => stop()))
    },
  }
}
