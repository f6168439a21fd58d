import type { Area, Row } from './area.ts'
import { compared, type Verdict } from './judge.ts'
import type { Measured } from './measure-area.ts'
import { median } from './median.ts'

/** The lines of the report: a table for each row, one line for each subject and one more for each further goal of it. */
export const formatReport = (area: Area, measured: Measured, verdicts: readonly Verdict[]): readonly string[] => {
  const lines = [area.description]
  for (const row of area.rows) {
    const cells = area.subjects.flatMap(({ name }) => subjectLines(row, name, measured, verdicts))
    if (cells.length > 0) lines.push('', ...aligned([headings(row), ...cells]))
  }
  return [...lines, '']
}

const headings = ({ name, unit, floor }: Row): readonly string[] => [
  `${name} (${unit})`,
  'median',
  floor === undefined ? '' : `× ${floor}`,
  'goal',
  '',
]

const subjectLines = (
  row: Row,
  subject: string,
  { figures }: Measured,
  verdicts: readonly Verdict[],
): readonly (readonly string[])[] => {
  const own = figures.get(subject)?.get(row.name)
  const goals = verdicts.filter((verdict) => verdict.row === row.name && verdict.subject === subject)
  if (own === undefined && goals.length === 0) return []
  const floor = row.floor === undefined ? undefined : figures.get(row.floor)?.get(row.name)
  const ratio = own === undefined || floor === undefined ? '' : compared(own, floor, 'ratio').toFixed(2)
  const start = [subject, own === undefined ? 'none' : formatNumber(median(own)), ratio]
  if (goals.length === 0) return [[...start, '', '']]
  return goals.map((goal, position) => [
    ...(position === 0 ? start : ['', '', '']),
    goalText(goal),
    goal.met ? 'met' : 'short',
  ])
}

const goalText = ({ against, by = 'ratio', atMost, atLeast, value }: Verdict): string => {
  const limit = atMost === undefined ? `≥ ${atLeast}` : `≤ ${atMost}`
  const reached = value === null ? 'not measured' : by === 'difference' ? signed(value) : formatNumber(value)
  if (against === undefined) return `${limit}: ${reached}`
  return by === 'ratio' ? `${limit} × ${against}: ${reached}` : `${limit} from ${against}: ${reached}`
}

const signed = (value: number): string => `${value >= 0 ? '+' : ''}${value.toFixed(2)}`

const formatNumber = (value: number): string =>
  Math.abs(value) >= 1000 ? Math.round(value).toLocaleString('en') : value.toPrecision(3)

/** Pads the columns: text to the left, numbers to the right. */
const aligned = (rows: readonly (readonly string[])[]): readonly string[] => {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((cells) => cells[column]?.length ?? 0)))
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) =>
        column === 1 || column === 2 ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd()
  const [first = [], ...rest] = rows
  return [line(first), '-'.repeat(Math.max(...rows.map((cells) => line(cells).length))), ...rest.map(line)]
}
