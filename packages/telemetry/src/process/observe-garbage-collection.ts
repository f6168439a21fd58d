import { constants, PerformanceObserver } from 'node:perf_hooks'
import type { Histogram, Metrics } from '@holdfast/contracts'

/** Buckets in seconds that the semantic conventions of OpenTelemetry advise (`v8js.gc.duration`). */
const buckets = [0.01, 0.1, 1, 10]

const types: readonly (readonly [number, string])[] = [
  [constants.NODE_PERFORMANCE_GC_MINOR, 'minor'],
  [constants.NODE_PERFORMANCE_GC_MAJOR, 'major'],
  [constants.NODE_PERFORMANCE_GC_INCREMENTAL, 'incremental'],
  [constants.NODE_PERFORMANCE_GC_WEAKCB, 'weakcb'],
]

/** Shows how long garbage collections took: `v8js_gc_duration_seconds` by type. Answers a function that ends it. */
export const observeGarbageCollection = (registry: Metrics): (() => void) => {
  const durations = registry.histogram({
    name: 'v8js_gc_duration_seconds',
    help: 'How long garbage collections took.',
    labels: ['v8js_gc_type'],
    buckets,
  })
  const byKind = new Map<unknown, Histogram>(
    types.map(([kind, type]) => [kind, durations.bind({ v8js_gc_type: type })]),
  )
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      const detail: unknown = Reflect.get(entry, 'detail')
      const kind: unknown = typeof detail === 'object' && detail !== null ? Reflect.get(detail, 'kind') : undefined
      byKind.get(kind)?.record(entry.duration / 1000)
    }
  })
  observer.observe({ entryTypes: ['gc'] })
  return () => {
    observer.disconnect()
    for (const [, type] of types) durations.unbind({ v8js_gc_type: type })
  }
}
