import type { Problems } from '@holdfast/contracts'

/** What a metric can be. */
export type MetricKind = 'counter' | 'gauge' | 'histogram'

/** Base units, which a name may end with (https://prometheus.io/docs/practices/naming/#base-units), as UCUM writes them for OpenTelemetry. */
const baseUnits: Readonly<Record<string, string>> = {
  seconds: 's',
  bytes: 'By',
  ratio: '1',
  celsius: 'Cel',
  meters: 'm',
  volts: 'V',
  amperes: 'A',
  joules: 'J',
  grams: 'g',
}

/** Words of a name that are no base unit, with the word to use instead: what `promtool check metrics` complains of. */
const otherUnits: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    ['s', 'sec', 'ms', 'us', 'ns', 'm', 'h', 'd', 'minutes', 'hours', 'days', 'weeks'].map((word) => [word, 'seconds']),
  ),
  ...Object.fromEntries(['milli', 'micro', 'nano'].map((prefix) => [`${prefix}seconds`, 'seconds'])),
  ...Object.fromEntries(['b', 'kb', 'mb', 'gb', 'tb', 'pb', 'bits'].map((word) => [word, 'bytes'])),
  ...Object.fromEntries(
    ['kilo', 'mega', 'giga', 'tera', 'kibi', 'mebi', 'gibi'].map((prefix) => [`${prefix}bytes`, 'bytes']),
  ),
  percent: 'ratio',
}

/** Endings that the text formats give a meaning of their own, with the kind that may have them. */
const reservedEndings: Readonly<Record<string, MetricKind | undefined>> = {
  total: 'counter',
  bucket: undefined,
  count: undefined,
  sum: undefined,
  created: undefined,
}

const typeWords: readonly string[] = ['counter', 'gauge', 'histogram', 'summary']
const snakeCase = /^[a-z][a-z0-9]*(_[a-z0-9]+)*$/

/** Notes what is wrong with a name. A page of metrics that pass is one that `promtool check metrics` has nothing to say about. */
export const checkMetricName = (problems: Problems, name: unknown, kind: MetricKind): void => {
  if (typeof name !== 'string' || !snakeCase.test(name)) {
    problems.require(false, 'name', name, 'lower case, digits and single underscores, beginning with a letter')
    return
  }
  const words = name.split('_')
  const last = words.at(-1) ?? ''
  if (kind === 'counter') problems.require(last === 'total', 'name', name, 'a name that ends in _total, for a counter')
  else if (Object.hasOwn(reservedEndings, last)) {
    problems.require(false, 'name', name, `an ending other than _${last}, which means something else to Prometheus`)
  }
  for (const word of words.slice(1)) {
    const unit = Object.hasOwn(otherUnits, word) ? otherUnits[word] : undefined
    if (unit !== undefined) problems.require(false, 'name', name, `the base unit ${unit} instead of ${word}`)
    problems.require(!typeWords.includes(word), 'name', name, `no ${word} in the name: the type is told beside it`)
  }
}

/** The name of the family in OpenMetrics: a counter's without `_total`. */
export const familyName = (name: string): string => (name.endsWith('_total') ? name.slice(0, -'_total'.length) : name)

/** The base unit that a name ends with, apart from `_total`. */
export const unitOf = (name: string): string | undefined => {
  const word = familyName(name).split('_').at(-1) ?? ''
  return Object.hasOwn(baseUnits, word) ? word : undefined
}

/** A base unit as UCUM writes it, for OpenTelemetry; empty when there is none. */
export const ucumOf = (unit: string | undefined): string => (unit === undefined ? '' : (baseUnits[unit] ?? ''))
