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
export const histogramText = ({ name, bounds }: HistogramSnapshot, format: MetricsFormat): HistogramText => {
  const ends = [...bounds.map((bound) => `${boundText(bound, format)}"} `), '+Inf"} ']
  return ({ labelText, counts, sum }) => {
    const start = `${name}_bucket{${labelText}${labelText === '' ? '' : ','}le="`
    const labels = labelText === '' ? ' ' : `{${labelText}} `
    let lines = ''
    let count = 0
    for (let bucket = 0; bucket < ends.length; bucket++) {
      count += counts[bucket] ?? 0
      lines += `${start}${ends[bucket]}${count}\n`
    }
    return `${lines}${name}_sum${labels}${numberText(sum)}\n${name}_count${labels}${count}\n`
  }
}

/** OpenMetrics writes bounds as floating-point numbers always (canonical numbers): `1.0`. */
const boundText = (bound: number, format: MetricsFormat): string =>
  format === 'openmetrics' && Number.isInteger(bound) && Math.abs(bound) < 1e21 ? `${bound}.0` : `${bound}`
