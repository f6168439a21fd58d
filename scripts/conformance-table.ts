// npm run conformance-table: fills the table of docs/conformance.md from the reports of the last whole `npm test`. --check
// compares instead, and writes reports/conformance-table.json: what a machine decides (versions of servers) is left out.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type ConformanceRow, conformanceRows } from './conformance/conformance-rows.ts'
import { parseTable, renderTable } from './conformance/render-table.ts'
import { tableProblems } from './conformance/table-problems.ts'
import { writeReport } from './report.ts'
import { repositoryRoot } from './repository-root.ts'

const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } })

const fail = (problem: string): never => {
  console.error(problem)
  process.exit(1)
}
const read = (name: string): unknown => {
  const file = join(repositoryRoot, 'reports', name)
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : fail(`There is no reports/${name}: run npm test.`)
}
const path = join(repositoryRoot, 'docs/conformance.md')
const document = readFileSync(path, 'utf8')
const [begin, end] = ['<!-- conformance -->', '<!-- /conformance -->']
const [from, to] = [document.indexOf(begin) + begin.length, document.indexOf(end)]
if (from < begin.length || to < from) {
  fail(`docs/conformance.md has no lines ${begin} and ${end}: put them back where the table belongs.`)
}

// Both reports are written by this repository's own test command.
const rows: readonly ConformanceRow[] = conformanceRows(
  read('vitest.json') as Parameters<typeof conformanceRows>[0],
  read('servers.json') as Parameters<typeof conformanceRows>[1],
)
if (values.check) {
  const problems = tableProblems(parseTable(document.slice(from, to)), rows)
  for (const problem of problems) console.log(`✗ ${problem}`)
  const { failed } = writeReport(repositoryRoot, 'conformance-table', [
    {
      name: 'docs/conformance.md says what the run found',
      outcome: problems.length === 0 ? 'passed' : 'failed',
      details: problems.join('\n'),
    },
  ])
  console.log(
    failed === 0
      ? `conformance-table: docs/conformance.md has the ${rows.length} rows of the run`
      : 'conformance-table: run npm test and npm run conformance-table, and commit docs/conformance.md',
  )
  process.exitCode = failed === 0 ? 0 : 1
} else {
  const unknown = rows.filter(({ server, version }) => server !== undefined && version === undefined)
  if (unknown.length > 0) fail('reports/servers.json is of another run than reports/vitest.json: run npm test again.')
  const table = renderTable(rows)
  writeFileSync(path, `${document.slice(0, from)}\n${table.join('\n')}\n${document.slice(to)}`)
  for (const line of table) console.log(line)
}
