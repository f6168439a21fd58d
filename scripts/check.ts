// npm run check: formatting, lint, types, unused code, structure rules and documents, in this order, each one reported.
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { rules } from './check-packages/rules.ts'
import { loadWorkspace } from './check-packages/workspace.ts'
import { type ReportItem, writeReport } from './report.ts'
import { repositoryRoot } from './repository-root.ts'
import { runCommand } from './run-command.ts'

const { values } = parseArgs({ options: { root: { type: 'string', default: repositoryRoot } } })
const root = values.root

const script = (name: string): string => join(repositoryRoot, 'scripts', name)

const commands: readonly { readonly name: string; readonly command: readonly string[] }[] = [
  { name: 'format and lint', command: ['biome', 'check', '--error-on-warnings'] },
  { name: 'types', command: ['tsc', '--project', '.'] },
  { name: 'unused code', command: ['knip', '--no-progress'] },
  { name: 'code in documents', command: ['node', script('include-examples.ts'), '--check', '--root', root] },
  { name: 'table of packages', command: ['node', script('readme-table.ts'), '--check', '--root', root] },
  { name: 'coverage of the specifications', command: ['node', script('check-spec-coverage.ts'), '--root', root] },
]

const items: ReportItem[] = []

const record = (name: string, problems: string, durationMs: number): void => {
  const failed = problems !== ''
  items.push({ name, outcome: failed ? 'failed' : 'passed', durationMs: Math.round(durationMs), details: problems })
  console.log(`${failed ? '✗' : '✓'} ${name} (${(durationMs / 1000).toFixed(1)} s)`)
  if (failed) console.log(problems.replace(/^(?=.)/gm, '    '))
}

for (const { name, command } of commands) {
  const [program = '', ...parameters] = command
  const { exitCode, output, durationMs } = await runCommand(program, parameters, { directory: root })
  record(name, exitCode === 0 ? '' : output.trim() || `exit code ${exitCode}`, durationMs)
}

const workspace = loadWorkspace(root)
for (const rule of rules) {
  const started = performance.now()
  const violations = [...rule.check(workspace)].map(
    ({ path, line, message }) => `${path}${line === undefined ? '' : `:${line}`} ${message}`,
  )
  record(
    `rule ${rule.name}`,
    violations.length === 0 ? '' : [...violations, `(${rule.why})`].join('\n'),
    performance.now() - started,
  )
}

const { passed, failed } = writeReport(root, 'check', items)
console.log(failed === 0 ? `check: all ${passed} are clean` : `check: ${failed} of ${passed + failed} found something`)
process.exitCode = failed === 0 ? 0 : 1
