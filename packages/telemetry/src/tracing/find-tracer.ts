import { ProxyTracerProvider, type Tracer, type TracerProvider, trace } from '@opentelemetry/api'

/** The name of the instrumentation scope in every span. */
const scopeName = '@holdfast/telemetry'

/** What the API has before an SDK is registered. */
const noProvider = new ProxyTracerProvider().getDelegate()

/**
 * Makes a function that answers the tracer of the SDK that is registered now, or undefined while there is none. The
 * provider is asked for on each call, which costs a few nanoseconds: a tracer kept from before the SDK was registered
 * stays deaf when the SDK came with another copy of the API, or replaced an earlier one.
 */
export const createTracerFinder = (): (() => Tracer | undefined) => {
  let known: TracerProvider | undefined
  let tracer: Tracer | undefined
  return () => {
    const provider = trace.getTracerProvider()
    // A provider of another copy of the API is no instance of this class; it is global because an SDK stands behind it.
    const behind = provider instanceof ProxyTracerProvider ? provider.getDelegate() : provider
    if (behind === known) return tracer
    known = behind
    tracer = behind === noProvider ? undefined : provider.getTracer(scopeName)
    return tracer
  }
}
