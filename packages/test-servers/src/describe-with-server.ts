import { afterAll, describe, it } from 'vitest'
import { findPrograms } from './find-programs.ts'
import type { PrivateServer, TestServer } from './private-server.ts'
import { progressOnTerminal } from './progress.ts'
import { reportServerUse } from './report-server-use.ts'
import { serverDefinition } from './server-definitions.ts'
import { ServerUnavailableError } from './server-unavailable-error.ts'
import { type StartPlanOptions, startPlan } from './start-plan.ts'
import { useServer } from './use-server.ts'

const isContinuousIntegrationFromEnvironment = (): boolean => process.env.CI === 'true'

/** Registers `body` with what `acquire` resolves with, or the one test that says why there is none. */
const describeWith = <T>(
  name: string,
  acquire: () => Promise<T>,
  body: (acquired: T) => void | Promise<void>,
): void => {
  const { title, optional = false } = serverDefinition(name)
  describe(`on ${title}`, async () => {
    let acquired: T
    try {
      acquired = await acquire()
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      const isAbsent = error instanceof ServerUnavailableError
      const reason = isAbsent ? `${error.reason.split('\n')[0]} ${error.remedy}` : message
      await reportServerUse({ name, title }, reason)
      it(`needs the server ${name}`, (context) => {
        if (!isAbsent || (isContinuousIntegrationFromEnvironment() && !optional)) throw error
        context.skip(message)
      })
      return
    }
    await body(acquired)
  })
}

/**
 * Registers tests that need a real server: `describeWithServer('redis', (server) => { it(…) })`. The server runs when `body`
 * is called, so its settings and version may be used anywhere inside; it is shared with the other files of the run. Where it
 * is not to be had, one test says so: skipped with the reason and the command that gets it, failed with CI=true. A server
 * that is there and does not start is a failure.
 */
export const describeWithServer = (name: string, body: (server: TestServer) => void | Promise<void>): void =>
  describeWith(name, () => useServer(name), body)

/** Starts a server of the caller's own; it ends after the last test of its block, if not before. */
export type StartOwnServer = (options?: StartPlanOptions) => Promise<PrivateServer>

/**
 * The same for tests that kill, suspend, seal or restart their servers: `describeWithOwnServer('redis', (start) => { … })`.
 * Its programs are there when `body` is called, so that `start` inside a hook or a test takes seconds, never a download.
 */
export const describeWithOwnServer = (name: string, body: (start: StartOwnServer) => void | Promise<void>): void => {
  const definition = serverDefinition(name)
  describeWith(
    name,
    () => findPrograms(definition, { progress: progressOnTerminal }),
    (found) => {
      const started: PrivateServer[] = []
      afterAll(async () => {
        await Promise.all(started.map((server) => server.stop()))
      })
      return body(async (options) => {
        const server = await startPlan(definition, found, options)
        started.push(server)
        await reportServerUse(server)
        return server
      })
    },
  )
}
