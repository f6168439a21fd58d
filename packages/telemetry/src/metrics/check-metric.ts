import { createProblems, describeValue, type HistogramOptions, type Problems } from '@holdfast/contracts'
import { source } from '../source.ts'
import { checkMetricName, type MetricKind } from './metric-name.ts'

/** Most labels of a metric: beyond a handful every further one multiplies the series. Far below what Prometheus takes. */
const maxLabels = 16

/** Most buckets of a histogram: each is a line of the page for every series. */
const maxBuckets = 100

const labelName = /^[a-z][a-z0-9]*(_[a-z0-9]+)*$/

/** Labels that the formats add themselves. */
const reservedLabels: readonly string[] = ['le', 'quantile']

/** Throws INVALID_ARGUMENT that names everything wrong with the options of a metric. */
export const checkMetric = (options: HistogramOptions, kind: MetricKind, operation: string): void => {
  const problems = createProblems(source, operation)
  const { name, help, labels = [], buckets } = options
  checkMetricName(problems, name, kind)
  problems.require(typeof help === 'string' && help.trim() !== '', 'help', help, 'a sentence for who reads the page')
  checkLabels(problems, labels)
  if (kind === 'histogram' && buckets !== undefined) checkBuckets(problems, buckets)
  problems.throwIfAny()
}

const checkLabels = (problems: Problems, labels: readonly string[]): void => {
  if (!Array.isArray(labels) || labels.length > maxLabels) {
    problems.require(false, 'labels', labels, `an array of at most ${maxLabels} names`)
    return
  }
  for (const [position, label] of labels.entries()) {
    const path = `labels.${position}`
    if (typeof label !== 'string' || !labelName.test(label)) {
      problems.require(false, path, label, 'lower case, digits and single underscores, beginning with a letter')
    } else if (reservedLabels.includes(label)) {
      problems.require(false, path, label, 'a name other than le and quantile, which Prometheus gives to buckets')
    } else problems.require(labels.indexOf(label) === position, path, label, 'each name once')
  }
}

const checkBuckets = (problems: Problems, buckets: readonly number[]): void => {
  if (!Array.isArray(buckets) || buckets.length === 0 || buckets.length > maxBuckets) {
    problems.require(false, 'buckets', buckets, `an array of 1 to ${maxBuckets} numbers`)
    return
  }
  const isRising = buckets.every(
    (bound, position) => Number.isFinite(bound) && (position === 0 || bound > Number(buckets[position - 1])),
  )
  if (isRising) return
  const given = buckets.map((bound) => describeValue(bound)).join(', ')
  problems.add({
    path: 'buckets',
    given,
    allowed: 'finite numbers, each greater than the one before; +Inf comes by itself',
  })
}
