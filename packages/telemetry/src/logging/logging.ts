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
import { type CallTarget, callTargetOf } from '../calls/call-target.ts'
import { observeStream } from '../calls/observe-stream.ts'
import { type AttemptCount, createAttemptCounter } from './count-attempts.ts'
import { createLineWriter, type Outcome } from './line-writer.ts'
import { checkLoggingOptions, type LoggingOptions } from './logging-options.ts'

/** What {@link logging} makes. */
export interface Logging {
  /** A layer for any contract that has an operation table. */
  layer<C>(operations: Operations<C>): Layer<C>
}

/** Codes that say something of the request, and are an answer to many a caller. */
const defaultExpectedCodes: readonly ErrorCode[] = ['NOT_FOUND', 'ALREADY_EXISTS', 'CONFLICT', 'CANCELLED']

const defaultSlowCallMs = 1000

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
  const run = <T>(count: AttemptCount | undefined, work: () => T): T =>
    counter === undefined || count === undefined ? work() : counter.run(count, work)
  const newCount = (): AttemptCount | undefined => (counter === undefined ? undefined : { attempts: 1 })

  const logged = (
    call: NamedOperation,
    next: Next<Promise<unknown>>,
    first: unknown,
    second: unknown,
    third: unknown,
  ): Promise<unknown> => {
    const beganAt = clock.monotonicNow()
    const count = newCount()
    return run(count, () => next(first, second, third)).then(
      (result) => {
        const latencyMs = clock.monotonicNow() - beganAt
        const outcome = latencyMs >= slowCallMs ? 'slow' : 'success'
        write(outcome, call, first, second, third, { latencyMs, count, result })
        return result
      },
      (error: unknown) => {
        const latencyMs = clock.monotonicNow() - beganAt
        write(outcomeOf(error), call, first, second, third, { latencyMs, count, failed: { error } })
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
          const beganAt = clock.monotonicNow()
          const count = newCount()
          return {
            run: (work) => run(count, work),
            ended(items, ending) {
              const latencyMs = clock.monotonicNow() - beganAt
              const failed = ending.kind === 'failed' ? ending : undefined
              const outcome = failed === undefined ? 'success' : outcomeOf(failed.error)
              write(outcome, call, first, second, third, { latencyMs, count, items, failed })
            },
          }
        },
      ),
  }
}
