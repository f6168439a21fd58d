import { context, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import {
  InMemorySpanExporter,
  type ReadableSpan,
  type Sampler,
  SimpleSpanProcessor,
  type SpanProcessor,
  TracerProvider,
} from '@opentelemetry/sdk-trace'

/** A real SDK that keeps its spans in memory. */
export interface InMemorySdk {
  readonly spans: () => readonly ReadableSpan[]
  readonly provider: TracerProvider
  /** Makes it the SDK of this process. */
  register(): void
}

/** Makes an {@link InMemorySdk}; nothing is registered yet. */
export const createInMemorySdk = (
  options: { readonly sampler?: Sampler; readonly spanProcessors?: readonly SpanProcessor[] } = {},
): InMemorySdk => {
  const exporter = new InMemorySpanExporter()
  const provider = new TracerProvider({
    ...(options.sampler === undefined ? {} : { sampler: options.sampler }),
    spanProcessors: [new SimpleSpanProcessor({ exporter }), ...(options.spanProcessors ?? [])],
  })
  return {
    provider,
    spans: () => exporter.getFinishedSpans(),
    register() {
      context.setGlobalContextManager(new AsyncLocalStorageContextManager())
      trace.setGlobalTracerProvider(provider)
    },
  }
}

/** Takes away whatever is registered. */
export const unregisterSdk = (): void => {
  trace.disable()
  context.disable()
}
