import type { Operations } from '@holdfast/contracts'
import { credentialStorageOperations } from '@holdfast/contracts/credentials'
import { createMemoryStorage } from '@holdfast/storage-memory'
import { createMetricsRegistry, metrics } from '@holdfast/telemetry'
import { tracing } from '@holdfast/telemetry/tracing'
import { trace } from '@opentelemetry/api'
import type { Figures, Subject } from '../area.ts'
import { timePerAsyncCall } from '../time-per-call.ts'

interface Source {
  exists(id: string): Promise<boolean>
}
const sourceOperations: Operations<Source> = {
  exists: { kind: 'unary', effect: 'read', idempotent: true, key: 0 },
}

const memory = createMemoryStorage()
/** The least that is asynchronous: beside it every layer looks dear. */
const bare: Source = { exists: async () => true }
const tracer = trace.getTracer('bench')

/** What one writes by hand where there is no layer, as the documentation of OpenTelemetry says. */
const byHand = (inner: Source): Source => ({
  exists: (id) =>
    tracer.startActiveSpan('exists storage-memory', { attributes: { 'credential.id': id } }, async (span) => {
      try {
        return await inner.exists(id)
      } finally {
        span.end()
      }
    }),
})

const timeOf = (source: Source): Promise<number> =>
  timePerAsyncCall(async (calls) => {
    let found = 0
    for (let call = 0; call < calls; call++) if (await source.exists('db/main')) found++
    return found
  })

const figuresOf = async (overMemory: Source, overBare: Source): Promise<Figures> => ({
  'a call over a memory driver': await timeOf(overMemory),
  'a call over an async function': await timeOf(overBare),
})

/** One call through each layer; no SDK is registered. */
export const layerSubjects: Readonly<Record<string, Subject['measure']>> = {
  'no layer': () => figuresOf(memory, bare),
  'tracing layer, no SDK': () =>
    figuresOf(tracing().layer(credentialStorageOperations)(memory), tracing().layer(sourceOperations)(bare)),
  'span by hand, no SDK': () => figuresOf(byHand(memory), byHand(bare)),
  'metrics layer': () => {
    const { layer } = metrics({ registry: createMetricsRegistry() })
    return figuresOf(layer(credentialStorageOperations)(memory), layer(sourceOperations)(bare))
  },
}
