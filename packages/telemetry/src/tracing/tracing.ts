import {
  type Around,
  type ErrorCode,
  intercept,
  type Layer,
  type NamedOperation,
  type Next,
  type Operations,
} from '@holdfast/contracts'
import { type Attributes, type Context, context, SpanKind, type Tracer } from '@opentelemetry/api'
import { callFactsOf, scopeOfResult } from '../calls/call-facts.ts'
import { type CallTarget, callTargetOf } from '../calls/call-target.ts'
import { observeStream } from '../calls/observe-stream.ts'
import { createTracerFinder } from './find-tracer.ts'
import { OperationSpan } from './operation-span.ts'
import { checkTracingOptions, type TracingOptions } from './tracing-options.ts'

/** What {@link tracing} makes. */
export interface Tracing {
  /** A layer for any contract that has an operation table. */
  layer<C>(operations: Operations<C>): Layer<C>
}

/**
 * Makes a span of each operation, a child of the span that is active where it is called; whatever the operation does is
 * its child in turn. While no SDK is registered calls go straight through. A stream's span lasts from its first
 * `next()` to its end. Spans are called `retrieve storage-vault` ({operation} {target}) and carry
 * `holdfast.package|backend|operation|scope|tenant`, the id of a credential as `credential.id`, and for failures
 * `error.type` and `holdfast.error.reason`; never a value, and of no error more than its code and redacted message.
 * Throws INVALID_ARGUMENT with every problem.
 */
export const tracing = (options: TracingOptions = {}): Tracing => {
  checkTracingOptions(options)
  const find = options.tracer === undefined ? createTracerFinder() : () => options.tracer
  const expectedCodes: ReadonlySet<ErrorCode> = new Set(options.expectedCodes)
  return {
    layer:
      <C>(operations: Operations<C>): Layer<C> =>
      (inner) =>
        intercept(inner, operations, aroundOf(find, callTargetOf(inner, operations, options), options, expectedCodes)),
  }
}

const aroundOf = (
  find: () => Tracer | undefined,
  target: CallTarget,
  options: TracingOptions,
  expectedCodes: ReadonlySet<ErrorCode>,
): Around => {
  const kind = options.kind === 'internal' ? SpanKind.INTERNAL : SpanKind.CLIENT

  const start = (
    tracer: Tracer,
    call: NamedOperation,
    parent: Context,
    first: unknown,
    second: unknown,
    third: unknown,
  ): OperationSpan | undefined =>
    OperationSpan.start(parent, () => {
      const attributes = attributesOf(target, options.attributes, call, first, second, third)
      return tracer.startSpan(`${call.name} ${target.package}`, { kind, attributes }, parent)
    })

  const traced = (
    call: NamedOperation,
    next: Next<Promise<unknown>>,
    first: unknown,
    second: unknown,
    third: unknown,
  ): Promise<unknown> => {
    const tracer = find()
    const span = tracer === undefined ? undefined : start(tracer, call, context.active(), first, second, third)
    if (span === undefined) return next(first, second, third)
    return span
      .run(() => next(first, second, third))
      .then(
        (result) => {
          // What was read says which scope it belongs to, where the call did not.
          const scope = scopeOfResult(target, result)
          if (scope !== undefined) span.span.setAttribute('holdfast.scope', scope)
          span.end()
          return result
        },
        (error: unknown) => {
          span.fail(error, expectedCodes)
          throw error
        },
      )
  }
  return {
    unary: traced,
    // What the caller's function does inside a callback is a child of its span.
    callback: traced,
    stream(call, next, first, second, third) {
      const tracer = find()
      if (tracer === undefined) return next(first, second, third)
      const parent = context.active()
      return observeStream(
        () => next(first, second, third),
        () => {
          const span = start(tracer, call, parent, first, second, third)
          return {
            run: (work) => (span === undefined ? work() : span.run(work)),
            ended(items, outcome) {
              span?.span.setAttribute('holdfast.items', items)
              if (outcome.kind === 'failed') span?.fail(outcome.error, expectedCodes)
              else span?.end()
            },
          }
        },
      )
    },
  }
}

const attributesOf = (
  target: CallTarget,
  constant: Attributes | undefined,
  call: NamedOperation,
  first: unknown,
  second: unknown,
  third: unknown,
): Attributes => {
  const { id, scope, tenant } = callFactsOf(call, target, first, second, third)
  const attributes: Attributes = {
    ...constant,
    'holdfast.package': target.package,
    'holdfast.backend': target.backend,
    'holdfast.operation': call.name,
  }
  if (id !== undefined) attributes[`${target.subject}.id`] = id
  if (scope !== undefined) attributes['holdfast.scope'] = scope
  if (tenant !== undefined) attributes['holdfast.tenant'] = tenant
  return attributes
}
