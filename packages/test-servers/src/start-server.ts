import { findPrograms } from './find-programs.ts'
import type { PrivateServer } from './private-server.ts'
import { type Progress, progressOnTerminal } from './progress.ts'
import { reportServerUse } from './report-server-use.ts'
import type { ServerDefinition } from './server-definition.ts'
import { serverDefinition } from './server-definitions.ts'
import { type StartPlanOptions, startPlan } from './start-plan.ts'

/** Options of {@link startServer}. */
export interface StartServerOptions extends StartPlanOptions {
  /** Says what takes long. Default: lines on standard error. */
  readonly progress?: Progress | undefined
  readonly cacheFolder?: string | undefined
}

/**
 * Starts a server of the caller's own, which it may kill, suspend and restart. Stop it when done; whatever happens, it ends
 * with this process. A server from the environment or from docker compose is never given: nobody may kill that.
 * Rejects with `ServerUnavailableError` when its programs are not to be had.
 */
export const startServer = async (
  server: string | ServerDefinition,
  { progress = progressOnTerminal, cacheFolder, ...options }: StartServerOptions = {},
): Promise<PrivateServer> => {
  const definition = typeof server === 'string' ? serverDefinition(server) : server
  const started = await startPlan(definition, await findPrograms(definition, { progress, cacheFolder }), options)
  if (typeof server === 'string') await reportServerUse(started)
  return started
}
