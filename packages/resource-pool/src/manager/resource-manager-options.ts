import {
  type Clock,
  createProblems,
  defaultCloseDeadlineMs,
  type Logger,
  type Metrics,
  silentLogger,
  systemClock,
  type Tracer,
} from '@holdfast/contracts'
import { forgivingLogger } from '../forgiving-logger.ts'
import { source } from '../pool-errors.ts'

/** Options of `createResourceManager`. */
export interface ResourceManagerOptions {
  /** How long a start may take when its caller gives no deadline, in milliseconds. Default 30,000: a database that starts at the same time is there by then. */
  readonly startTimeoutMs?: number | undefined
  /** How long draining may take when the caller of stop or close does not say, in milliseconds. Default 5000: half of the ten seconds that container runtimes wait before they kill. */
  readonly stopDeadlineMs?: number | undefined
  /** How long what must be done after that deadline, hooks and destroys, may take together, in milliseconds. Default 2000, as long as a pool waits for one destroy. */
  readonly stopGraceMs?: number | undefined
  /** Default: the real time. */
  readonly clock?: Clock | undefined
  /** Default: silent. */
  readonly logger?: Logger | undefined
  /** Default: no spans. */
  readonly tracer?: Tracer | undefined
  /** Default: none are registered. */
  readonly metrics?: Metrics | undefined
  /** Where jitter comes from, for tests: a number from 0 to below 1. Default `Math.random`. */
  readonly random?: (() => number) | undefined
}

/** Options of `createResourceManager` with every default filled in. */
export interface ManagerSettings {
  readonly startTimeoutMs: number
  readonly stopDeadlineMs: number
  readonly stopGraceMs: number
  readonly clock: Clock
  readonly logger: Logger
  readonly tracer: Tracer | undefined
  readonly metrics: Metrics | undefined
  readonly random: () => number
}

/** Fills in the defaults. Throws INVALID_ARGUMENT with every problem. */
export const managerSettings = (options: ResourceManagerOptions = {}): ManagerSettings => {
  const {
    startTimeoutMs = 30_000,
    stopDeadlineMs = defaultCloseDeadlineMs,
    stopGraceMs = 2000,
    clock = systemClock,
    logger = silentLogger,
    tracer,
    metrics,
    random = Math.random,
  } = options
  const problems = createProblems(source, 'createResourceManager')
  problems.require(startTimeoutMs > 0, 'startTimeoutMs', startTimeoutMs, 'more than 0, or Infinity')
  problems.require(stopDeadlineMs >= 0, 'stopDeadlineMs', stopDeadlineMs, '0 or more, or Infinity')
  problems.require(stopGraceMs >= 0, 'stopGraceMs', stopGraceMs, '0 or more, or Infinity')
  problems.require(hasMethods(clock, 'monotonicNow', 'setTimer'), 'clock', clock, 'a clock')
  problems.require(hasMethods(logger, 'info', 'warn', 'error'), 'logger', logger, 'a logger')
  problems.require(tracer === undefined || hasMethods(tracer, 'startSpan'), 'tracer', tracer, 'a tracer')
  problems.require(metrics === undefined || hasMethods(metrics, 'observe'), 'metrics', metrics, 'a registry of metrics')
  problems.require(typeof random === 'function', 'random', random, 'a function')
  problems.throwIfAny()
  const forgiving = logger === silentLogger ? logger : forgivingLogger(logger)
  return { startTimeoutMs, stopDeadlineMs, stopGraceMs, clock, logger: forgiving, tracer, metrics, random }
}

const hasMethods = (value: unknown, ...methods: readonly string[]): boolean =>
  typeof value === 'object' && value !== null && methods.every((name) => typeof Reflect.get(value, name) === 'function')
