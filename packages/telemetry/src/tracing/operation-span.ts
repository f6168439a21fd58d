import type { ErrorCode } from '@holdfast/contracts'
import { runWithContext } from '@holdfast/contracts/context'
import { type Context, context, diag, isSpanContextValid, type Span, SpanStatusCode, trace } from '@opentelemetry/api'
import { errorFactsOf } from '../calls/error-facts.ts'

/**
 * The span of one operation: what runs in it is its child, and it ends with the outcome. A span processor that throws
 * is told to OpenTelemetry's own diagnostics and harms no call.
 */
export class OperationSpan {
  readonly span: Span
  readonly #context: Context

  private constructor(span: Span, parent: Context) {
    this.span = span
    this.#context = trace.setSpan(parent, span)
  }

  /** Begins a span; undefined when the SDK throws, and then the call goes on without one. */
  static start(parent: Context, start: () => Span): OperationSpan | undefined {
    return safely(() => new OperationSpan(start(), parent))
  }

  /** Runs work inside the span, for OpenTelemetry and for what reads `contracts/context`, such as the logging layer. */
  run<T>(work: () => T): T {
    const spanContext = this.span.spanContext()
    if (!isSpanContextValid(spanContext)) return context.with(this.#context, work)
    const { traceId, spanId } = spanContext
    return context.with(this.#context, () => runWithContext({ trace: { traceId, spanId } }, work))
  }

  end(): void {
    safely(() => this.span.end())
  }

  /**
   * Ends the span with what may be told of an error: its code as `error.type`, and a redacted message as description of
   * the status (https://opentelemetry.io/docs/specs/semconv/general/recording-errors/). There is no `recordException`: it
   * would export the stack, which begins with the message of whatever was thrown.
   */
  fail(thrown: unknown, expectedCodes: ReadonlySet<ErrorCode>): void {
    safely(() => {
      if (this.span.isRecording()) describe(this.span, thrown, expectedCodes)
    })
    this.end()
  }
}

const describe = (span: Span, thrown: unknown, expectedCodes: ReadonlySet<ErrorCode>): void => {
  const { type, code, reason, source, retryable, attempts, message } = errorFactsOf(thrown)
  span.setAttribute('error.type', type)
  if (reason !== undefined) span.setAttribute('holdfast.error.reason', reason)
  if (source !== undefined) span.setAttribute('holdfast.error.source', source)
  if (retryable !== undefined) span.setAttribute('holdfast.error.retryable', retryable)
  if (attempts !== undefined) span.setAttribute('holdfast.attempts', attempts)
  if (code !== undefined && expectedCodes.has(code)) return
  span.setStatus({ code: SpanStatusCode.ERROR, ...(message === undefined ? {} : { message }) })
}

const safely = <T>(work: () => T): T | undefined => {
  try {
    return work()
  } catch (error) {
    diag.error('a span was lost', error instanceof Error ? error.name : typeof error)
    return undefined
  }
}
