import type { Span, SpanAttributes, Tracer } from '@holdfast/contracts'
import { createProblems } from '@holdfast/contracts'
import { context, type Tracer as OpenTelemetryTracer, SpanKind, SpanStatusCode } from '@opentelemetry/api'
import { source } from '../source.ts'
import { createTracerFinder } from './find-tracer.ts'
import { OperationSpan } from './operation-span.ts'

/** Options of {@link openTelemetryTracer}. */
export interface OpenTelemetryTracerOptions {
  /** Default: that of the SDK that is registered, also when it is registered later. */
  readonly tracer?: OpenTelemetryTracer | undefined
}

/**
 * Lets everything with a `tracer` option, such as the credential manager, trace with OpenTelemetry. A span's parent is the
 * span that is active where it begins; what runs inside it, drivers wrapped in `tracing` for example, is its child. Costs
 * nothing while no SDK is registered. Throws INVALID_ARGUMENT for what is no tracer.
 */
export const openTelemetryTracer = (options: OpenTelemetryTracerOptions = {}): Tracer => {
  const problems = createProblems(source, 'openTelemetryTracer')
  const given: unknown = options.tracer
  problems.require(
    given === undefined || typeof Reflect.get(Object(given), 'startSpan') === 'function',
    'tracer',
    given,
    'a tracer of @opentelemetry/api',
  )
  problems.throwIfAny()
  const find = options.tracer === undefined ? createTracerFinder() : () => options.tracer
  return {
    startSpan(name, attributes) {
      const tracer = find()
      return tracer === undefined ? noSpan : (begin(tracer, name, attributes) ?? noSpan)
    },
  }
}

const noSpan: Span = { end() {} }

const begin = (tracer: OpenTelemetryTracer, name: string, attributes: SpanAttributes): Span | undefined => {
  const parent = context.active()
  const span = OperationSpan.start(parent, () =>
    tracer.startSpan(name, { kind: SpanKind.INTERNAL, attributes }, parent),
  )
  if (span === undefined) return undefined
  return {
    run: (work) => span.run(work),
    end({ code, attributes: more } = {}) {
      if (more !== undefined) span.span.setAttributes(more)
      if (code !== undefined) span.span.setAttribute('error.type', code).setStatus({ code: SpanStatusCode.ERROR })
      span.end()
    },
  }
}
