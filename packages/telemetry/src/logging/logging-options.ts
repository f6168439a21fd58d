import {
  type Clock,
  createProblems,
  type ErrorCode,
  type EventSource,
  errorCodes,
  type LogFields,
  type Problems,
} from '@holdfast/contracts'
import type { AttemptEvents } from '../calls/attempt-events.ts'
import type { CallTargetOptions } from '../calls/call-target.ts'
import { checkCallTarget } from '../calls/check-call-target.ts'
import { source } from '../source.ts'
import type { RedactFieldsOptions } from './redact-fields.ts'
import type { LevelledLogger } from './redacting.ts'

/** A level of a log line; `silent`: no line. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent'

/** Which line has which level. */
export interface LogLevels {
  /** Default `debug`. */
  readonly success?: LogLevel | undefined
  /** A success that took at least `slowCallMs`. Default `warn`. */
  readonly slow?: LogLevel | undefined
  /** A failure whose code says something of the request, not of the backend. Default `info`. */
  readonly expected?: LogLevel | undefined
  /** A failure that may pass: the error is retryable. Default `warn`. */
  readonly transient?: LogLevel | undefined
  /** Every other failure. Default `error`. */
  readonly failure?: LogLevel | undefined
}

/** Options of {@link logging}. */
export interface LoggingOptions extends CallTargetOptions, RedactFieldsOptions {
  /** Where lines go. A pino logger is one as it is; with its `isLevelEnabled` a line that it would drop is not built. */
  readonly logger: LevelledLogger
  readonly levels?: LogLevels | undefined
  /** Codes that have the level `expected`. Default NOT_FOUND, ALREADY_EXISTS, CONFLICT, CANCELLED. */
  readonly expectedCodes?: readonly ErrorCode[] | undefined
  /** A call that took at least this long is slow, in milliseconds; Infinity: none is. Streams never are. Default 1000. */
  readonly slowCallMs?: number | undefined
  /** Put on every line: `{ resourceId: 'orders-db' }`. Redacted like everything else. */
  readonly fields?: LogFields | undefined
  /**
   * The ids of the active trace. Default: those that the tracing layer, outside of this one, left in
   * `contracts/context`. `activeTrace` of `@holdfast/telemetry/tracing` finds spans of others too.
   */
  readonly trace?: (() => { readonly traceId: string; readonly spanId: string } | undefined) | undefined
  /** The attempts of the retry policy inside this layer (`standard().attempts`), so that lines say how many there were. */
  readonly attempts?: EventSource<AttemptEvents> | undefined
  readonly clock?: Clock | undefined
}

/** The levels with their defaults. */
export const logLevelsOf = ({
  success = 'debug',
  slow = 'warn',
  expected = 'info',
  transient = 'warn',
  failure = 'error',
}: LogLevels = {}): Readonly<Record<keyof LogLevels, LogLevel>> => ({ success, slow, expected, transient, failure })

const knownLevels: readonly unknown[] = ['debug', 'info', 'warn', 'error', 'silent']

/** Throws INVALID_ARGUMENT with every problem. */
export const checkLoggingOptions = (options: LoggingOptions): void => {
  const { logger, levels, expectedCodes = [], slowCallMs = 0, fields = {}, trace, attempts, clock, redact } = options
  const problems = createProblems(source, 'logging')
  checkCallTarget(problems, options)
  requireMethods(problems, 'logger', logger, ['debug', 'info', 'warn', 'error'])
  if (attempts !== undefined) requireMethods(problems, 'attempts', attempts, ['on'])
  if (clock !== undefined) requireMethods(problems, 'clock', clock, ['wallNow', 'monotonicNow', 'setTimer'])
  for (const [name, level] of Object.entries(logLevelsOf(levels))) {
    problems.require(knownLevels.includes(level), `levels.${name}`, level, 'debug, info, warn, error or silent')
  }
  const known = Array.isArray(expectedCodes) && expectedCodes.every((code) => errorCodes.includes(code))
  problems.require(known, 'expectedCodes', expectedCodes, `a list of ${errorCodes.join(', ')}`)
  problems.require(slowCallMs >= 0, 'slowCallMs', slowCallMs, 'milliseconds, 0 or more, or Infinity')
  problems.require(typeof fields === 'object' && fields !== null, 'fields', fields, 'an object')
  for (const [name, given] of Object.entries({ trace, redact })) {
    problems.require(given === undefined || typeof given === 'function', name, given, 'a function')
  }
  problems.throwIfAny()
}

const requireMethods = (problems: Problems, path: string, given: unknown, methods: readonly string[]): void =>
  problems.require(
    methods.every((method) => typeof Reflect.get(Object(given), method) === 'function'),
    path,
    given,
    `an object with ${methods.join(', ')}`,
  )
