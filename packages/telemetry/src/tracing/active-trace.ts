import { isSpanContextValid, trace } from '@opentelemetry/api'

/** The ids of the span that is active now, whoever began it; what the `trace` option of the logging layer takes. */
export const activeTrace = (): { readonly traceId: string; readonly spanId: string } | undefined => {
  const spanContext = trace.getActiveSpan()?.spanContext()
  return spanContext !== undefined && isSpanContextValid(spanContext)
    ? { traceId: spanContext.traceId, spanId: spanContext.spanId }
    : undefined
}
