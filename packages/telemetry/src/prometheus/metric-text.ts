import { familyName } from '../metrics/metric-name.ts'
import type { HistogramSnapshot, MetricSnapshot } from '../metrics/metric-snapshot.ts'
import type { MetricsFormat } from './metrics-format.ts'

/** The lines that describe a metric, before those of its series. */
export const metricHead = ({ name, help, kind, unit }: MetricSnapshot, format: MetricsFormat): string => {
  if (format === 'text') return `# HELP ${name} ${escapeHelp(help)}\n# TYPE ${name} ${kind}\n`
  const family = familyName(name)
  const unitLine = unit === undefined ? '' : `# UNIT ${family} ${unit}\n`
  return `# TYPE ${family} ${kind}\n${unitLine}# HELP ${family} ${escapeHelp(help).replaceAll('"', '\\"')}\n`
}

const escapeHelp = (help: string): string => help.toWellFormed().replaceAll('\\', '\\\\').replaceAll('\n', '\\n')

/** A value as both formats write it. */
export const numberText = (value: number): string => {
  if (Number.isFinite(value)) return `${value}`
  return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf'
}

/** Prepares to write the lines of each series of a metric by its position. */
export const seriesText = (metric: MetricSnapshot, format: MetricsFormat): ((position: number) => string) => {
  if (metric.kind === 'histogram') return histogramText(metric, format)
  const { series, values } = metric
  return (position) => `${series[position]?.line}${numberText(values[position] ?? 0)}\n`
}

const histogramText = (
  { bounds, series, counts, sums }: HistogramSnapshot,
  format: MetricsFormat,
): ((position: number) => string) => {
  const ends = [...bounds.map((bound) => `${boundText(bound, format)}"} `), '+Inf"} ']
  return (position) => {
    const lines = series[position]?.lines
    let text = ''
    let count = 0
    let countEnd = '0\n'
    for (let bucket = 0; bucket < ends.length; bucket++) {
      const inBucket = counts[position * ends.length + bucket] ?? 0
      // Most buckets are empty: the number is the one before.
      if (inBucket !== 0) {
        count += inBucket
        countEnd = `${count}\n`
      }
      text += `${lines?.bucket}${ends[bucket]}${countEnd}`
    }
    return `${text}${lines?.sum}${numberText(sums[position] ?? 0)}\n${lines?.count}${countEnd}`
  }
}

/** OpenMetrics writes bounds as floating-point numbers always (canonical numbers): `1.0`. */
const boundText = (bound: number, format: MetricsFormat): string =>
  format === 'openmetrics' && Number.isInteger(bound) && Math.abs(bound) < 1e21 ? `${bound}.0` : `${bound}`
