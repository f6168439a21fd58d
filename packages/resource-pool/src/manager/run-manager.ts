import { type Clock, createProblems, HoldfastError, type Logger } from '@holdfast/contracts'
import { source } from '../pool-errors.ts'
import type { ResourceManager } from './resource-manager.ts'
import type { RunOptions } from './run-options.ts'
import { type ManagerEndpoint, serveManager } from './serve-manager.ts'
import { type ProbeServer, serveProbes } from './serve-probes.ts'

/** What a run ends with. */
export const runExitCodes = {
  stopped: 0,
  notStarted: 1,
  /** Stopped, but something was forced or went wrong on the way. */
  leftBehind: 2,
} as const

/** What {@link runManager} touches of the process, so that a test can stand in for it. */
export interface RunProcess {
  on(signal: NodeJS.Signals, listener: () => void): unknown
  off(signal: NodeJS.Signals, listener: () => void): unknown
  /** Ends the process at once. */
  exit(code: number): void
  exitCode?: number | string | null | undefined
}

/** What a manager gives to its run. */
export interface RunParts {
  readonly clock: Clock
  readonly logger: Logger
  readonly process?: RunProcess | undefined
}

/** Exit code of a process that a signal ended: 128 and its number, which is 2 for SIGINT (POSIX, 2.8.2 "Exit Status for Commands"). */
const interruptedCode = 130

/** The whole life of a service; see {@link ResourceManager.run}. */
export const runManager = async (
  manager: ResourceManager,
  options: RunOptions,
  { clock, logger, process: runProcess = process }: RunParts,
): Promise<number> => {
  const { signals = ['SIGTERM', 'SIGINT'], probes, readinessDelayMs = 0, stopDeadlineMs = 20_000 } = options
  requireOptions(readinessDelayMs, stopDeadlineMs)
  const life = new AbortController()
  let isStarted = false
  let notReady: string | undefined = 'starting'
  const tell = (reason: string | undefined): void => {
    notReady = reason
    try {
      options.onReadiness?.(reason === undefined, reason)
    } catch (error) {
      logger.error({ error: textOf(error) }, 'onReadiness threw')
    }
  }
  const end = (reason: string): void => {
    if (life.signal.aborted) {
      logger.warn({ reason }, 'asked to stop a second time: ending at once')
      runProcess.exit(interruptedCode)
      return
    }
    life.abort(stopRequest(reason))
  }
  const listeners = signals.map((signal) => [signal, () => end(signal)] as const)
  for (const [signal, listener] of listeners) runProcess.on(signal, listener)
  const onAbort = (): void => end('its owner')
  if (options.signal?.aborted) onAbort()
  options.signal?.addEventListener('abort', onAbort, { once: true })

  // A service that waits must not end because nothing else keeps its process alive.
  const stayAlive = setInterval(() => {}, longestTimerMs)
  let probeServer: ProbeServer | undefined
  let endpoint: ManagerEndpoint | undefined
  let exitCode: number = runExitCodes.stopped
  try {
    if (probes !== undefined) {
      const reasonNow = (): string | undefined => {
        if (notReady !== undefined) return notReady
        const health = manager.health()
        return health.isReady ? undefined : (health.reason ?? 'not ready')
      }
      probeServer = await serveProbes(probes, { notReady: reasonNow, isStarted: () => isStarted })
    }
    if (options.inspectAs !== undefined) endpoint = await serveManager(manager, { name: options.inspectAs, clock })
    await manager.start({ signal: life.signal })
    await options.onStarted?.()
    isStarted = true
    tell(undefined)
    logger.info({ resources: manager.keys().length }, 'everything is up')
    await aborted(life.signal)
    logger.info({ reason: String(life.signal.reason.message) }, 'stopping')
    tell('stopping')
    if (readinessDelayMs > 0) await delay(clock, readinessDelayMs)
    await options.onStopping?.()
  } catch (error) {
    tell('stopping')
    if (!life.signal.aborted || isStarted) {
      exitCode = isStarted ? runExitCodes.leftBehind : runExitCodes.notStarted
      logger.error({ error: textOf(error) }, isStarted ? 'the end did not go as it should' : 'not started')
    }
  }
  try {
    await manager.close({ deadlineMs: stopDeadlineMs })
  } catch (error) {
    exitCode = Math.max(exitCode, runExitCodes.leftBehind)
    logger.error({ error: textOf(error) }, 'stopped, with something left behind')
  }
  await endpoint?.close()
  await probeServer?.close()
  clearInterval(stayAlive)
  options.signal?.removeEventListener('abort', onAbort)
  for (const [signal, listener] of listeners) runProcess.off(signal, listener)
  runProcess.exitCode = exitCode
  return exitCode
}

/** The longest delay that a timer of the platform takes in milliseconds (HTML standard, signed 32 bit). */
const longestTimerMs = 2 ** 31 - 1

const aborted = (signal: AbortSignal): Promise<void> =>
  signal.aborted
    ? Promise.resolve()
    : new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))

const delay = (clock: Clock, delayMs: number): Promise<void> =>
  new Promise((resolve) => clock.setTimer(resolve, delayMs, { keepAlive: true }))

/** What is known of an error that ends a run. The message of one that is not ours may show anything; what the platform calls it does not. */
const textOf = (error: unknown): string => {
  if (HoldfastError.is(error)) return `${error.code}: ${error.message} ${error.hint}`
  if (!(error instanceof Error)) return typeof error
  const code: unknown = Reflect.get(error, 'code')
  return typeof code === 'string' && /^[A-Z_]{1,40}$/.test(code) ? `${error.name} (${code})` : error.name
}

const requireOptions = (readinessDelayMs: number, stopDeadlineMs: number): void => {
  const problems = createProblems(source, 'run')
  problems.require(readinessDelayMs >= 0, 'readinessDelayMs', readinessDelayMs, '0 or more')
  problems.require(stopDeadlineMs >= 0, 'stopDeadlineMs', stopDeadlineMs, '0 or more, or Infinity')
  problems.throwIfAny()
}

const stopRequest = (reason: string): HoldfastError =>
  new HoldfastError({
    code: 'CANCELLED',
    source,
    operation: 'run',
    message: `Asked to stop by ${reason}.`,
    hint: 'Nothing to do: this is how a run ends.',
  })
