import type { MetricsRegistry } from '../metrics/create-metrics-registry.ts'
import type { MetricSnapshot } from '../metrics/metric-snapshot.ts'
import { metricHead, seriesText } from './metric-text.ts'
import type { MetricsFormat } from './metrics-format.ts'
import { createPageBuffer, type PageBuffer } from './page-buffer.ts'

/** Most lines between two pauses: some 200 µs of work, of the 5 ms that a scrape may hold up the loop. */
export const linesPerSlice = 1000

/** Lines that are put together before they are written out: small enough for the processor's cache. */
const linesPerAppend = 200

/** Options of {@link renderMetrics}. */
export interface RenderOptions {
  readonly format: MetricsFormat
  /** How large the page will be about, in bytes. */
  readonly expectedBytes: number
  /** Lets the event loop do something else. */
  readonly pause: () => Promise<void>
}

/**
 * Writes every metric as text, in slices between which the event loop goes on. Each metric is read at one moment and is
 * consistent in itself; metrics that come later are read later.
 */
export const renderMetrics = async (
  registry: Pick<MetricsRegistry, 'collect'>,
  { format, expectedBytes, pause }: RenderOptions,
): Promise<Uint8Array<ArrayBuffer>> => {
  const page = createPageBuffer(expectedBytes)
  let inSlice = 0
  for (const metric of registry.collect()) {
    if (metric.series.length === 0) continue
    page.append(metricHead(metric, format))
    for (const lines of writeSeries(page, metric, format)) {
      inSlice += lines
      if (inSlice < linesPerSlice) continue
      inSlice = 0
      await pause()
    }
  }
  if (format === 'openmetrics') page.append('# EOF\n')
  return page.finish()
}

/** Writes the lines of a metric; yields now and then how many they were. */
const writeSeries = function* (page: PageBuffer, metric: MetricSnapshot, format: MetricsFormat): Generator<number> {
  const textOf = seriesText(metric, format)
  // A histogram has a line for each bound and for what lies above, the sum and the count.
  const linesEach = metric.kind === 'histogram' ? metric.bounds.length + 3 : 1
  let text = ''
  let lines = 0
  for (let position = 0; position < metric.series.length; position++) {
    text += textOf(position)
    lines += linesEach
    if (lines < linesPerAppend) continue
    page.append(text)
    yield lines
    text = ''
    lines = 0
  }
  page.append(text)
  yield lines
}
