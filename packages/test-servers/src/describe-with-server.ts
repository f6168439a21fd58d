import { describe, it } from 'vitest'
import type { TestServer } from './private-server.ts'
import { reportServerUse } from './report-server-use.ts'
import { serverDefinition } from './server-definitions.ts'
import { ServerUnavailableError } from './server-unavailable-error.ts'
import { useServer } from './use-server.ts'

const isContinuousIntegrationFromEnvironment = (): boolean => process.env.CI === 'true'

/**
 * Registers tests that need a real server: `describeWithServer('redis', (server) => { it(…) })`. The server runs when `body`
 * is called, so its settings and version may be used anywhere inside. Where it is not to be had, one test says so: skipped
 * with the reason and the command that gets it, failed with CI=true. A server that is there and does not start is a failure.
 */
export const describeWithServer = (name: string, body: (server: TestServer) => void | Promise<void>): void => {
  const definition = serverDefinition(name)
  describe(`on ${definition.title}`, async () => {
    let server: TestServer
    try {
      server = await useServer(name)
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      const reason =
        error instanceof ServerUnavailableError ? `${error.reason.split('\n')[0]} ${error.remedy}` : message
      const mayBeAbsent =
        error instanceof ServerUnavailableError &&
        (definition.optional === true || !isContinuousIntegrationFromEnvironment())
      const { title } = definition
      await reportServerUse({ name, title }, reason)
      it(`needs the server ${name}`, (context) => {
        if (!mayBeAbsent) throw error
        context.skip(message)
      })
      return
    }
    await body(server)
  })
}
