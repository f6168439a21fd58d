import type { LogFields, NamedOperation } from '@holdfast/contracts'
import { currentContext } from '@holdfast/contracts/context'
import { callFactsOf, scopeOfResult } from '../calls/call-facts.ts'
import type { CallTarget } from '../calls/call-target.ts'
import { errorFactsOf } from '../calls/error-facts.ts'
import type { AttemptCount } from './count-attempts.ts'
import { type LoggingOptions, type LogLevels, logLevelsOf } from './logging-options.ts'
import { redactFields } from './redact-fields.ts'

/** What a line tells; each outcome has a level and words of its own. */
export type Outcome = keyof LogLevels

const words: Readonly<Record<Outcome, string>> = {
  success: 'succeeded',
  slow: 'was slow',
  expected: 'was answered with an error',
  transient: 'failed for now',
  failure: 'failed',
}

/** What is known of a call when it is over. */
export interface EndedCall {
  readonly latencyMs: number
  readonly count: AttemptCount | undefined
  readonly result?: unknown
  /** Of a stream. */
  readonly items?: number
  readonly failed?: { readonly error: unknown } | undefined
}

/** Writes the line of a call that is over. Never throws. */
export type WriteLine = (
  outcome: Outcome,
  call: NamedOperation,
  first: unknown,
  second: unknown,
  third: unknown,
  ended: EndedCall,
) => void

/** Makes a {@link WriteLine} for one wrapped object. */
export const createLineWriter = (options: LoggingOptions, target: CallTarget): WriteLine => {
  const { logger, trace = traceOfContext } = options
  const levels = logLevelsOf(options.levels)
  const constant = { ...redactFields(options.fields ?? {}, options), package: target.package, backend: target.backend }

  const fieldsOf = (
    outcome: Outcome,
    call: NamedOperation,
    first: unknown,
    second: unknown,
    third: unknown,
    { latencyMs, count, result, items, failed }: EndedCall,
  ): LogFields => {
    const { id, scope: scopeOfCall, tenant } = callFactsOf(call, target, first, second, third)
    const scope = scopeOfResult(target, result) ?? scopeOfCall
    const ids = trace()
    const facts = failed === undefined ? undefined : errorFactsOf(failed.error)
    const attempts = facts?.attempts ?? count?.attempts
    const fields: Record<string, unknown> = { ...constant, operation: call.name }
    if (id !== undefined) fields[`${target.subject}Id`] = id
    if (scope !== undefined) fields.scope = scope
    if (tenant !== undefined) fields.tenant = tenant
    fields.latencyMs = Math.round(latencyMs * 1000) / 1000
    if (items !== undefined) fields.items = items
    if (attempts !== undefined) fields.attempts = attempts
    if (facts?.code !== undefined) fields.code = facts.code
    if (facts?.reason !== undefined) fields.reason = facts.reason
    if (ids !== undefined) {
      fields.trace_id = ids.traceId
      fields.span_id = ids.spanId
    }
    if (failed === undefined || outcome === 'expected') return fields
    return Object.assign(fields, redactFields({ error: failed.error }, options))
  }

  return (outcome, call, first, second, third, ended) => {
    const level = levels[outcome]
    if (level === 'silent') return
    try {
      if (logger.isLevelEnabled?.(level) === false) return
      logger[level](fieldsOf(outcome, call, first, second, third, ended), `${call.name} ${words[outcome]}`)
    } catch {
      // A logger that throws must not break the call, and there is nowhere else to say so.
    }
  }
}

const traceOfContext = () => currentContext()?.trace
