import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FoundPrograms } from './find-programs.ts'
import { freePort } from './free-port.ts'
import type { PrivateServer } from './private-server.ts'
import { runProgram } from './run-program.ts'
import type { ProcessPlan, ServerDefinition, ServerPlan, ServerSettings } from './server-definition.ts'
import { type ServerProcess, ServerStartError, startProcess } from './server-process.ts'
import { watchdog } from './watchdog.ts'

/** Options of {@link startPlan}. */
export interface StartPlanOptions {
  /** How long one start may take. Default: 60 s, ten times what the slowest needs. */
  readonly startTimeoutMs?: number | undefined
  /** How long it may take to end in order before it is killed. Default: 10 s. */
  readonly stopTimeoutMs?: number | undefined
  /** Added to the parameters of each process. */
  readonly parameters?: readonly string[] | undefined
}

const portAttempts = 5

/** Runs the plan of a definition with the programs found. Another program that takes a port in between costs another attempt. */
export const startPlan = async (
  definition: ServerDefinition,
  found: FoundPrograms,
  options: StartPlanOptions = {},
): Promise<PrivateServer> => {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await startOnce(definition, found, options)
    } catch (error) {
      if (!(error instanceof ServerStartError && error.isPortTaken) || attempt === portAttempts) throw error
    }
  }
}

const startOnce = async (
  definition: ServerDefinition,
  { programs, origin }: FoundPrograms,
  { startTimeoutMs = 60_000, stopTimeoutMs = 10_000, parameters = [] }: StartPlanOptions,
): Promise<PrivateServer> => {
  if (definition.plan === undefined) throw new Error(`${definition.name} cannot be started as a process`)
  const folder = await mkdtemp(join(tmpdir(), `holdfast-${definition.name}-`))
  watchdog.folderCreated(folder)
  const running = new Map<string, ServerProcess>()
  const removeFolder = async (): Promise<void> => {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 })
    watchdog.folderRemoved(folder)
  }
  const stopAll = async (): Promise<void> => {
    await Promise.all([...running.values()].map((process) => process.stop(stopTimeoutMs)))
  }
  const logFileOf = (name: string): string => join(folder, `${name}.log`)
  const startAll = async (plan: ServerPlan): Promise<ServerSettings> => {
    const deadline = performance.now() + startTimeoutMs
    for (const process of plan.processes) {
      if (running.get(process.name)?.isRunning) continue
      const whole: ProcessPlan = { ...process, parameters: [...process.parameters, ...parameters] }
      const { environment } = programs
      running.set(
        process.name,
        await startProcess(whole, { environment, directory: folder, logFile: logFileOf(process.name), deadline }),
      )
    }
    return { ...plan.settings, ...(await plan.afterReady?.()) }
  }
  try {
    const plan = await definition.plan({
      programs,
      folder,
      freePort,
      run: (program, parameters, options) =>
        runProgram(program, parameters, {
          directory: folder,
          ...options,
          environment: { ...programs.environment, ...options?.environment },
        }),
    })
    const settings = await startAll(plan)
    const version = await definition.version(settings)
    const restart = async (): Promise<void> => void (await startAll(plan))
    return privateServer({ definition, origin, version, settings, running, restart, stopAll, removeFolder, logFileOf })
  } catch (error) {
    await stopAll()
    await removeFolder()
    if (error instanceof Error) error.message = `${definition.name} did not start: ${error.message}`
    throw error
  }
}

interface Parts {
  readonly definition: ServerDefinition
  readonly origin: FoundPrograms['origin']
  readonly version: string
  readonly settings: ServerSettings
  readonly running: Map<string, ServerProcess>
  restart(): Promise<void>
  stopAll(): Promise<void>
  removeFolder(): Promise<void>
  logFileOf(name: string): string
}

const privateServer = (parts: Parts): PrivateServer => {
  const { definition, origin, version, settings, running } = parts
  let stopped: Promise<void> | undefined
  const select = (name: string | undefined): readonly ServerProcess[] => {
    if (name === undefined) return [...running.values()]
    const found = running.get(name)
    if (found === undefined)
      throw new Error(`${definition.name} has no process ${name}; it has ${[...running.keys()].join(', ')}`)
    return [found]
  }
  const signalAll = async (signal: NodeJS.Signals, name: string | undefined): Promise<void> => {
    await Promise.all(select(name).map((process) => process.signal(signal)))
  }
  const stop = (): Promise<void> => {
    stopped ??= parts.stopAll().then(parts.removeFolder)
    return stopped
  }
  return {
    name: definition.name,
    title: definition.title,
    version,
    origin,
    settings,
    get pid() {
      const [first] = running.values()
      return first?.pid ?? 0
    },
    get pids() {
      return Object.fromEntries([...running].map(([name, { pid }]) => [name, pid]))
    },
    get isRunning() {
      return stopped === undefined && [...running.values()].every(({ isRunning }) => isRunning)
    },
    async kill(signal = 'SIGKILL', processName) {
      await signalAll(signal, processName)
      // A suspended process takes no other deadly signal before it goes on.
      if (signal !== 'SIGKILL') await signalAll('SIGCONT', processName)
      await Promise.all(select(processName).map((process) => process.untilEnded()))
    },
    suspend: (processName) => signalAll('SIGSTOP', processName),
    resume: (processName) => signalAll('SIGCONT', processName),
    async restart() {
      if (stopped !== undefined) throw new Error(`${definition.name} was stopped and its data removed: start a new one`)
      if ([...running.values()].every(({ isRunning }) => isRunning)) await parts.stopAll()
      for (let attempt = 1; ; attempt += 1) {
        try {
          return await parts.restart()
        } catch (error) {
          // A connection of somebody else may have the port for a moment.
          if (!(error instanceof ServerStartError && error.isPortTaken) || attempt === portAttempts) throw error
        }
      }
    },
    async log() {
      const logs = await Promise.all(
        [...running.keys()].map((name) => readFile(parts.logFileOf(name), 'utf8').catch(() => '')),
      )
      return logs.join('\n')
    },
    stop,
    [Symbol.asyncDispose]: stop,
  }
}
