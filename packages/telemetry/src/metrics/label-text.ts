import type { HistogramLines } from './metric-snapshot.ts'

/**
 * Longest label value in UTF-16 units; the rest of a longer one is cut off. Values come from closed sets, and this keeps
 * one that does not from filling the memory. Prometheus has no limit of its own by default (`label_value_length_limit`).
 */
export const maxLabelLength = 256

/** What is kept of a label value: well-formed Unicode, because every lone surrogate looks the same in UTF-8. */
export const toLabelValue = (value: string): string =>
  (value.length > maxLabelLength ? value.slice(0, maxLabelLength) : value).toWellFormed()

const special = /[\\"\n]/g
const escapes: Readonly<Record<string, string>> = { '\\': '\\\\', '"': '\\"', '\n': '\\n' }

/**
 * Labels as both text formats write them: `a="1",b="2"`. A label with an empty value is left out, because Prometheus
 * takes it for one that is not there (https://prometheus.io/docs/concepts/data_model/).
 */
export const labelText = (names: readonly string[], values: readonly string[]): string =>
  names
    .map((name, position) => [name, values[position] ?? ''] as const)
    .filter(([, value]) => value !== '')
    .map(([name, value]) => `${name}="${value.replace(special, (character) => escapes[character] ?? character)}"`)
    .join(',')

/** What comes before a value in both text formats. */
export const lineStart = (name: string, text: string): string =>
  // Joined, because texts that are added up are put together anew each time they are written out.
  (text === '' ? [name, ' '] : [name, '{', text, '} ']).join('')

/** What comes before the values of a histogram in both text formats. */
export const histogramLines = (name: string, text: string): HistogramLines => ({
  bucket: (text === '' ? [name, '_bucket{le="'] : [name, '_bucket{', text, ',le="']).join(''),
  sum: lineStart(`${name}_sum`, text),
  count: lineStart(`${name}_count`, text),
})
