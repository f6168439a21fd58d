import type { ErrorCode } from './error-code.ts'

/** Attributes of a span: ids, scopes, counts; never a value. */
export type SpanAttributes = Readonly<Record<string, string | number | boolean>>

/** One traced piece of work. */
export interface Span {
  /**
   * Runs work inside the span: spans that begin in it, and in what it awaits, are its children. A tracer without a notion
   * of context leaves it out, and the work is then run as it is.
   */
  run?<T>(work: () => T): T
  /** Ends the span; with a code when the work failed. */
  end(outcome?: { readonly code?: ErrorCode; readonly attributes?: SpanAttributes }): void
}

/** Receives the beginning and the end of each operation. An adapter to OpenTelemetry comes with the telemetry package. */
export interface Tracer {
  startSpan(name: string, attributes: SpanAttributes): Span
}
