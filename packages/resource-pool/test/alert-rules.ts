import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Where the rules and their tests are. */
export const alertsFolder = join(import.meta.dirname, '../../../deploy/prometheus')

/** An alert as it stands in the file of rules. */
export interface AlertRule {
  readonly name: string
  /** Its lines in the file. */
  readonly text: string
  readonly expression: string
  /** What each metric in the expression is asked for: its name, without the suffix of a histogram, and the labels that it must have. */
  readonly metrics: readonly { readonly family: string; readonly labels: readonly string[] }[]
}

/** Reads the alerts by their lines: the file is ours, one line for each entry. */
export const readAlertRules = async (): Promise<readonly AlertRule[]> => {
  const text = await readFile(join(alertsFolder, 'holdfast-alerts.yml'), 'utf8')
  return text
    .split(/^(?= +- alert: )/m)
    .slice(1)
    .map((lines) => {
      const expression = /^\s+expr: (.+)$/m.exec(lines)?.[1] ?? ''
      return { name: /- alert: (\w+)/.exec(lines)?.[1] ?? '', text: lines, expression, metrics: metricsOf(expression) }
    })
}

const metricsOf = (expression: string): AlertRule['metrics'] =>
  [...expression.matchAll(/\b((?:holdfast|nodejs|process)_[a-z0-9_]+)(?:\{([^}]*)\})?/g)].map(
    ([, name = '', selector = '']) => ({
      family: name.replace(/_(bucket|sum|count)$/, ''),
      labels: [...selector.matchAll(/(\w+)\s*(?:=|!)/g)].map(([, label = '']) => label),
    }),
  )
