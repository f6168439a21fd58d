import { createProblems, type ErrorCode, errorCodes } from '@holdfast/contracts'
import type { Attributes, Tracer } from '@opentelemetry/api'
import type { CallTargetOptions } from '../calls/call-target.ts'
import { checkCallTarget } from '../calls/check-call-target.ts'
import { source } from '../source.ts'

/** Options of {@link tracing}. */
export interface TracingOptions extends CallTargetOptions {
  /** Default: that of the SDK that is registered, also when it is registered later. */
  readonly tracer?: Tracer | undefined
  /**
   * `client` for what is reached over a network or a file system, which is what drivers do; `internal` for layers over
   * something in this process. Default `client`.
   */
  readonly kind?: 'client' | 'internal' | undefined
  /** Put on every span: `{ 'db.system.name': 'redis', 'server.address': 'cache.internal' }`. Never a value. */
  readonly attributes?: Attributes | undefined
  /** Codes that are an answer and leave the status of a span unset; `error.type` names them all the same. Default none. */
  readonly expectedCodes?: readonly ErrorCode[] | undefined
}

/** Throws INVALID_ARGUMENT with every problem. */
export const checkTracingOptions = (options: TracingOptions): void => {
  const { tracer, kind = 'client', attributes = {}, expectedCodes = [] } = options
  const problems = createProblems(source, 'tracing')
  checkCallTarget(problems, options)
  problems.require(
    tracer === undefined || typeof Reflect.get(Object(tracer), 'startSpan') === 'function',
    'tracer',
    tracer,
    'a tracer of @opentelemetry/api',
  )
  problems.require(kind === 'client' || kind === 'internal', 'kind', kind, 'client or internal')
  problems.require(typeof attributes === 'object' && attributes !== null, 'attributes', attributes, 'an object')
  const known = Array.isArray(expectedCodes) && expectedCodes.every((code) => errorCodes.includes(code))
  problems.require(known, 'expectedCodes', expectedCodes, `a list of ${errorCodes.join(', ')}`)
  problems.throwIfAny()
}
