import type { ConformanceRow } from './conformance-rows.ts'

const nameOf = ({ subject, server }: ConformanceRow): string =>
  server === undefined ? subject : `${subject} on ${server}`

/** Neither versions nor what a machine has installed: only what the code decides. */
const countsOf = ({ passed, refused, deviating, failed }: ConformanceRow): string =>
  `${passed} passed, ${refused} refused, ${deviating} known faults, ${failed} failed`

/** Where a table differs from a run of the suites. That a storage also ran on a server which only this machine has is no difference. */
export const tableProblems = (table: readonly ConformanceRow[], run: readonly ConformanceRow[]): readonly string[] => {
  const written = new Map(table.map((row) => [nameOf(row), countsOf(row)]))
  const subjects = new Set(table.map(({ subject }) => subject))
  const compared = run.filter((row) => written.has(nameOf(row)) || !subjects.has(row.subject))
  const found = new Map(compared.map((row) => [nameOf(row), countsOf(row)]))
  return [...new Set([...written.keys(), ...found.keys()])]
    .filter((name) => written.get(name) !== found.get(name))
    .map((name) => `${name}: the table says ${written.get(name) ?? 'nothing'}, the run ${found.get(name) ?? 'nothing'}`)
}
