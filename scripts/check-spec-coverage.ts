// Compares docs/spec-coverage.md with the tasks of the specifications; with --write adds rows for tasks that have none.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { repositoryRoot } from './repository-root.ts'
import { coverageProblems } from './spec-coverage/coverage-problems.ts'
import { type ExpectedSpecification, renderCoverage } from './spec-coverage/coverage-table.ts'

const { values } = parseArgs({
  options: { write: { type: 'boolean', default: false }, root: { type: 'string', default: repositoryRoot } },
})

const list = readFileSync(join(values.root, 'scripts/spec-coverage/expected-tasks.json'), 'utf8')
const specifications: readonly ExpectedSpecification[] = JSON.parse(list)
const path = join(values.root, 'docs/spec-coverage.md')
const document = existsSync(path) ? readFileSync(path, 'utf8') : ''

if (values.write) writeFileSync(path, renderCoverage(specifications, document))
else {
  const problems = coverageProblems(values.root, specifications, document)
  for (const problem of problems) console.error(`docs/spec-coverage.md ${problem}`)
  process.exitCode = problems.length === 0 ? 0 : 1
}
