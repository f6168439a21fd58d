// npm run conformance-table: fills the table of docs/conformance.md from the reports of the last `npm test`.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { conformanceTable } from './conformance/conformance-table.ts'
import { repositoryRoot } from './repository-root.ts'

const read = (name: string): unknown => JSON.parse(readFileSync(join(repositoryRoot, 'reports', name), 'utf8'))
const path = join(repositoryRoot, 'docs/conformance.md')
const document = readFileSync(path, 'utf8')
const [begin, end] = ['<!-- conformance -->', '<!-- /conformance -->']
if (!document.includes(begin) || !document.includes(end)) {
  console.error(`docs/conformance.md has no lines ${begin} and ${end}: put them back where the table belongs.`)
  process.exit(1)
}
// Both reports are written by this repository's own test command.
const table = conformanceTable(
  read('vitest.json') as Parameters<typeof conformanceTable>[0],
  read('servers.json') as Parameters<typeof conformanceTable>[1],
)
const head = document.slice(0, document.indexOf(begin) + begin.length)
const tail = document.slice(document.indexOf(end))
writeFileSync(path, `${head}\n${table.join('\n')}\n${tail}`)
console.log(table.join('\n'))
