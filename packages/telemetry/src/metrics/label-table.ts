import { createProblems, type MetricLabels } from '@holdfast/contracts'
import { source } from '../source.ts'
import { labelText, toLabelValue } from './label-text.ts'

/** The value that every label of a folded series has. */
export const overflowValue = '__overflow__'

/** Makes a series. */
export type CreateSeries<S> = (labels: MetricLabels, labelText: string) => S

/** What a {@link LabelTable} is made of. */
export interface LabelTableOptions<S> {
  /** The metric, for errors. */
  readonly metric: string
  readonly names: readonly string[]
  /** How many series there may be, apart from the one that the rest is folded into. */
  readonly maxSeries: number
  readonly create: CreateSeries<S>
  /** Called for each binding that is folded. */
  readonly onOverflow: () => void
}

/** The series of one metric by their labels. */
export interface LabelTable<S> {
  /** The series of these labels, made if there is room, else the one for the rest. Throws INVALID_ARGUMENT for other labels than the metric has. */
  bind(labels: MetricLabels): S
  unbind(labels: MetricLabels): void
  /** Drops those that `keep` refuses. */
  retain(keep: (series: S) => boolean): void
  readonly all: ReadonlySet<S>
}

/** One value of one label, with the values of the next label under it. */
interface Node<S> {
  readonly next: Map<string, Node<S>>
  series: S | undefined
}

/**
 * Finds series by one Map per label, label by label: the texts are hashed where they came from, and no key is built for
 * a look-up. No two sets of labels can be taken for one another, whatever is in the values.
 */
export const createLabelTable = <S extends { readonly labels: MetricLabels }>(
  options: LabelTableOptions<S>,
): LabelTable<S> => {
  const { metric, names, maxSeries, create, onOverflow } = options
  const createNode = (): Node<S> => ({ next: new Map(), series: undefined })
  const root = createNode()
  const all = new Set<S>()
  let overflow: S | undefined

  const insert = (values: readonly string[]): S => {
    let node = root
    for (const value of values) {
      const child = node.next.get(value) ?? createNode()
      node.next.set(value, child)
      node = child
    }
    const labels = Object.fromEntries(names.map((name, position) => [name, values[position] ?? '']))
    const series = create(Object.freeze(labels), labelText(names, values))
    node.series = series
    all.add(series)
    return series
  }

  const find = (values: readonly string[]): S | undefined => {
    let node: Node<S> | undefined = root
    for (const value of values) node = node?.next.get(value)
    return node?.series
  }

  const fold = (): S => {
    onOverflow()
    overflow ??= insert(names.map(() => overflowValue))
    return overflow
  }

  const remove = (series: S): void => {
    all.delete(series)
    if (series === overflow) overflow = undefined
    prune(
      root,
      names.map((name) => series.labels[name] ?? ''),
      0,
    )
  }

  /** Empties the node of these values, and takes out what leads to nothing else. */
  const prune = (node: Node<S>, values: readonly string[], depth: number): void => {
    const value = values[depth]
    if (value === undefined) {
      node.series = undefined
      return
    }
    const child = node.next.get(value)
    if (child === undefined) return
    prune(child, values, depth + 1)
    if (child.series === undefined && child.next.size === 0) node.next.delete(value)
  }

  return {
    all,
    bind(labels) {
      const found = lookUp(root, names, labels)
      if (found !== undefined) return found
      const values = checkedValues(metric, names, labels, 'bind')
      const known = find(values)
      if (known !== undefined) return known
      // What is asked for by the name of the rest is the rest.
      if (values.length > 0 && values.every((value) => value === overflowValue)) {
        overflow = insert(values)
        return overflow
      }
      return all.size - (overflow === undefined ? 0 : 1) < maxSeries ? insert(values) : fold()
    },
    unbind(labels) {
      const series = find(checkedValues(metric, names, labels, 'unbind'))
      if (series !== undefined) remove(series)
    },
    retain(keep) {
      for (const series of all) if (!keep(series)) remove(series)
    },
  }
}

/** The quick way: exactly these names, with values that were bound before. */
const lookUp = <S>(root: Node<S>, names: readonly string[], labels: MetricLabels): S | undefined => {
  let node = root
  for (let position = 0; position < names.length; position++) {
    const value = labels[names[position] ?? '']
    const child = value === undefined ? undefined : node.next.get(value)
    if (child === undefined) return undefined
    node = child
  }
  let given = 0
  for (const _ in labels) given++
  return given === names.length ? node.series : undefined
}

const checkedValues = (
  metric: string,
  names: readonly string[],
  labels: MetricLabels,
  operation: string,
): readonly string[] => {
  const problems = createProblems(source, `${metric}.${operation}`)
  for (const name of names) {
    problems.require(typeof labels[name] === 'string', `labels.${name}`, labels[name], 'text')
  }
  for (const name of Object.keys(labels)) {
    const allowed = names.length === 0 ? 'no label' : `only ${names.join(', ')}`
    problems.require(names.includes(name), `labels.${name}`, labels[name], allowed)
  }
  problems.throwIfAny()
  return names.map((name) => toLabelValue(labels[name] ?? ''))
}
