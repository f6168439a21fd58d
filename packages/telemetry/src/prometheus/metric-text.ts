import { familyName } from '../metrics/metric-name.ts'
import type { HistogramSeries, HistogramSnapshot, MetricSnapshot } from '../metrics/metric-snapshot.ts'
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

/** Writes the lines of one series of a histogram. */
export type HistogramText = (series: HistogramSeries) => string

/** Prepares what all series of a histogram have in common. */
export const histogramText = ({ bounds }: HistogramSnapshot, format: MetricsFormat): HistogramText => {
  const ends = [...bounds.map((bound) => `${boundText(bound, format)}"} `), '+Inf"} ']
  return ({ lines, counts, sum }) => {
    let text = ''
    let count = 0
    let countEnd = '0\n'
    for (let bucket = 0; bucket < ends.length; bucket++) {
      const inBucket = counts[bucket] ?? 0
      // Most buckets are empty: the number is the one before.
      if (inBucket !== 0) {
        count += inBucket
        countEnd = `${count}\n`
      }
      text += `${lines.bucket}${ends[bucket]}${countEnd}`
    }
    return `${text}${lines.sum}${numberText(sum)}\n${lines.count}${countEnd}`
  }
}

/** OpenMetrics writes bounds as floating-point numbers always (canonical numbers): `1.0`. */
const boundText = (bound: number, format: MetricsFormat): string =>
  format === 'openmetrics' && Number.isInteger(bound) && Math.abs(bound) < 1e21 ? `${bound}.0` : `${bound}`
