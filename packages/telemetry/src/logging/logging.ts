import {
  type Around,
  type ErrorCode,
  HoldfastError,
  intercept,
  type Layer,
  type NamedOperation,
  type Next,
  type Operations,
  systemClock,
} from '@holdfast/contracts'
import { currentContext } from '@holdfast/contracts/context'
import { callFactsOf, scopeOf } from '../calls/call-facts.ts'
import { type CallTarget, callTargetOf } from '../calls/call-target.ts'
import { errorFactsOf } from '../calls/error-facts.ts'
import { observeStream } from '../calls/observe-stream.ts'
import { type AttemptCount, createAttemptCounter } from './count-attempts.ts'
import {
  checkLoggingOptions,
  type LoggingOptions,
  type LogLevel,
  type LogLevels,
  logLevelsOf,
} from './logging-options.ts'
import { redactFields } from './redact-fields.ts'

/** What {@link logging} makes. */
export interface Logging {
  /** A layer for any contract that has an operation table. */
  layer<C>(operations: Operations<C>): Layer<C>
}

/** Codes that say something of the request, and are an answer to many a caller. */
const defaultExpectedCodes: readonly ErrorCode[] = ['NOT_FOUND', 'ALREADY_EXISTS', 'CONFLICT', 'CANCELLED']

const defaultSlowCallMs = 1000

/** How many outcomes a line can tell, each with a level and words of its own. */
type Outcome = keyof LogLevels

const words: Readonly<Record<Outcome, string>> = {
  success: 'succeeded',
  slow: 'was slow',
  expected: 'was answered with an error',
  transient: 'failed for now',
  failure: 'failed',
}

/**
 * Logs one line for each operation when it is over, a stream's when it has ended: `package`, `backend`, `operation`, the
 * id (`credentialId`), `scope`, `tenant`, `latencyMs`, `attempts`, `code`, `reason`, and while something is traced
 * `trace_id` and `span_id` (the names of https://opentelemetry.io/docs/specs/otel/compatibility/logging_trace_context/).
 * Failures carry the error with its causes, redacted; no line carries a value. A logger that throws breaks no call.
 * Throws INVALID_ARGUMENT with every problem.
 */
export const logging = (options: LoggingOptions): Logging => {
  checkLoggingOptions(options)
  const counter = options.attempts === undefined ? undefined : createAttemptCounter(options.attempts)
  return {
    layer:
      <C>(operations: Operations<C>): Layer<C> =>
      (inner) =>
        intercept(inner, operations, aroundOf(options, callTargetOf(inner, operations, options), counter)),
  }
}

type Counter = ReturnType<typeof createAttemptCounter>

const aroundOf = (options: LoggingOptions, target: CallTarget, counter: Counter | undefined): Around => {
  const { slowCallMs = defaultSlowCallMs, clock = systemClock } = options
  const write = createLineWriter(options, target)
  const expectedCodes = new Set(options.expectedCodes ?? defaultExpectedCodes)

  const outcomeOf = (error: unknown): Outcome => {
    if (!HoldfastError.is(error)) return 'failure'
    return expectedCodes.has(error.code) ? 'expected' : error.retryable ? 'transient' : 'failure'
  }
  const begin = (call: NamedOperation, first: unknown, second: unknown, third: unknown) => {
    const beganAt = clock.monotonicNow()
    const count: AttemptCount | undefined = counter === undefined ? undefined : { attempts: 1 }
    return {
      run: <T>(work: () => T): T => (counter === undefined || count === undefined ? work() : counter.run(count, work)),
      end(kind: 'unary' | 'stream', result: unknown, failed: { readonly error: unknown } | undefined, items?: number) {
        const latencyMs = clock.monotonicNow() - beganAt
        const isSlow = kind === 'unary' && latencyMs >= slowCallMs
        const outcome = failed === undefined ? (isSlow ? 'slow' : 'success') : outcomeOf(failed.error)
        write(outcome, call, first, second, third, { latencyMs, count, result, failed, items })
      },
    }
  }
  const logged = (
    call: NamedOperation,
    next: Next<Promise<unknown>>,
    first: unknown,
    second: unknown,
    third: unknown,
  ): Promise<unknown> => {
    const line = begin(call, first, second, third)
    return line
      .run(() => next(first, second, third))
      .then(
        (result) => {
          line.end('unary', result, undefined)
          return result
        },
        (error: unknown) => {
          line.end('unary', undefined, { error })
          throw error
        },
      )
  }
  return {
    unary: logged,
    callback: logged,
    stream: (call, next, first, second, third) =>
      observeStream(
        () => next(first, second, third),
        () => {
          const line = begin(call, first, second, third)
          return {
            run: line.run,
            ended: (items, outcome) =>
              line.end('stream', undefined, outcome.kind === 'failed' ? outcome : undefined, items),
          }
        },
      ),
  }
}

/** What is known of a call when it is over. */
interface Ended {
  readonly latencyMs: number
  readonly count: AttemptCount | undefined
  readonly result: unknown
  readonly failed: { readonly error: unknown } | undefined
  readonly items: number | undefined
}

type WriteLine = (
  outcome: Outcome,
  call: NamedOperation,
  first: unknown,
  second: unknown,
  third: unknown,
  ended: Ended,
) => void

const createLineWriter = (options: LoggingOptions, target: CallTarget): WriteLine => {
  const { logger, trace = traceOfContext } = options
  const levels = logLevelsOf(options.levels)
  const constant = { ...redactFields(options.fields ?? {}, options), package: target.package, backend: target.backend }

  return (outcome, call, first, second, third, { latencyMs, count, result, failed, items }) => {
    const level: LogLevel = levels[outcome]
    if (level === 'silent') return
    try {
      if (logger.isLevelEnabled?.(level) === false) return
      const { id, scope, tenant } = callFactsOf(call, target.subject, first, second, third)
      const ids = trace()
      const facts = failed === undefined ? undefined : errorFactsOf(failed.error)
      const fields = {
        ...constant,
        operation: call.name,
        ...(id === undefined ? {} : { [`${target.subject}Id`]: id }),
        ...present({
          scope: scopeOf(result) ?? scope,
          tenant,
          latencyMs: Math.round(latencyMs * 1000) / 1000,
          items,
          attempts: facts?.attempts ?? count?.attempts,
          code: facts?.code,
          reason: facts?.reason,
          trace_id: ids?.traceId,
          span_id: ids?.spanId,
        }),
        ...(failed === undefined || outcome === 'expected' ? {} : redactFields({ error: failed.error }, options)),
      }
      logger[level](fields, `${call.name} ${words[outcome]}`)
    } catch {
      // A logger that throws must not break the call, and there is nowhere else to say so.
    }
  }
}

const traceOfContext = () => currentContext()?.trace

/** Without the fields that are not known. */
const present = (fields: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
