import {
  createEventHub,
  createProblems,
  type ErrorCode,
  type EventSource,
  HoldfastError,
  type Logger,
  silentLogger,
} from '@holdfast/contracts'
import { type Ancestor, ancestorOf, CallAttempt } from './call-attempt.ts'
import { cancellable, source, started } from './cancellable.ts'
import type { Execute } from './create-policy.ts'
import type { Attempt, ExecuteOptions, Work } from './policy.ts'

/** Options of {@link fallback}. */
export interface FallbackOptions<T> {
  /** What the alternative is called in events and logs: `last known prices`. */
  readonly name: string
  /** Gives the alternative, for the error that made it necessary. What it throws is what the caller hears. */
  readonly use: (error: unknown, attempt: Attempt) => Promise<T>
  /** Which errors it stands in for. Default: UNAVAILABLE and TIMEOUT. */
  readonly when?: (error: unknown) => boolean
  /** Hears a warning of each use. */
  readonly logger?: Logger
}

/** What a fallback tells its listeners. */
export interface FallbackEvents {
  readonly 'fallback.used': {
    readonly name: string
    readonly operation: string
    readonly code: ErrorCode | undefined
  }
}

/** What a call through a fallback answers: never an alternative that looks like the real thing. */
export type FallbackResult<T> =
  | { readonly value: T; readonly fallback: undefined }
  | { readonly value: T; readonly fallback: string; readonly error: unknown }

/** What {@link fallback} makes. It is no layer: an answer of another kind would change the contract. */
export interface Fallback<T> extends EventSource<FallbackEvents> {
  execute(work: Work<T>, options?: ExecuteOptions<T>): Promise<FallbackResult<T>>
}

/** Answers with a named alternative where the work fails, and says so in the result, an event and the log. */
export const fallback = <T>({ name, use, when = isOutage, logger = silentLogger }: FallbackOptions<T>): Fallback<T> => {
  const problems = createProblems(source, 'fallback')
  problems.require(typeof name === 'string' && name !== '', 'name', name, 'a name')
  problems.require(typeof use === 'function', 'use', use, 'a function')
  problems.throwIfAny()
  const hub = createEventHub<FallbackEvents>(logger, source)

  const run = async (
    work: Work<T>,
    { operation = 'execute' }: ExecuteOptions<T>,
    attempt: Ancestor,
  ): Promise<FallbackResult<T>> => {
    try {
      return { value: await started(work, attempt), fallback: undefined }
    } catch (error) {
      if (attempt.error !== undefined || !when(error)) throw error
      const value = await use(error, attempt)
      const code = HoldfastError.is(error) ? error.code : undefined
      warnSafely(logger, { fallback: name, operation, code })
      hub.emit('fallback.used', () => ({ name, operation, code }))
      return { value, fallback: name, error }
    }
  }
  return {
    execute(work, options = {}) {
      const { onAbandoned, confirm, ...rest } = options
      const outer: ExecuteOptions<FallbackResult<T>> = {
        ...rest,
        onAbandoned: onAbandoned === undefined ? undefined : ({ value }) => onAbandoned(value),
      }
      return execute({ start: (attempt) => run(work, options, attempt) }, outer, ancestorOf(options))
    },
    on: hub.on,
    events: hub.events,
  }
}

const runOnce: Execute = (runnable, options, parent) =>
  started(runnable, parent ?? new CallAttempt(options.attempt ?? 1, options.deadline))

const execute = cancellable(runOnce)

const isOutage = (error: unknown): boolean =>
  HoldfastError.is(error, 'UNAVAILABLE') || HoldfastError.is(error, 'TIMEOUT')

const warnSafely = (logger: Logger, fields: Readonly<Record<string, unknown>>): void => {
  try {
    logger.warn(fields, 'a fallback was used')
  } catch {
    // A logger that throws must not turn the alternative into a failure.
  }
}
