// npm test: every suite, with a JSON report in reports/vitest.json; further parameters go to vitest as they are.
// With --coverage each package must reach its own threshold.
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { ServerUse } from '../packages/test-servers/src/server-use.ts'
import { serversReport } from '../packages/test-servers/src/servers-report.ts'
import { loadWorkspace } from './check-packages/workspace.ts'
import { type CoverageSummary, packageCoverage } from './coverage-thresholds.ts'
import { findLeakedSecrets } from './leaked-secrets.ts'
import { prefetchServers } from './prefetch-servers.ts'
import { repositoryRoot } from './repository-root.ts'
import { runCommand } from './run-command.ts'
import { serversOfTests } from './servers-of-tests.ts'

const parameters = process.argv.slice(2)
mkdirSync(join(repositoryRoot, 'reports'), { recursive: true })
// What an earlier run left must not be read as the result of this one.
const report = join(repositoryRoot, 'reports/vitest.json')
const serversFile = join(repositoryRoot, 'reports/servers.json')
for (const file of [report, serversFile]) rmSync(file, { force: true })

/** The packages that this run is about: those named with --project, or all. */
const { packages } = loadWorkspace(repositoryRoot)
const named = parameters.flatMap((parameter, index) => {
  if (parameter === '--project') return [parameters[index + 1] ?? '']
  return parameter.startsWith('--project=') ? [parameter.slice('--project='.length)] : []
})
const selected = packages.filter(({ folder }) => named.length === 0 || named.includes(folder))

// Tests must not find the vault of whoever runs them.
const withoutSettings = Object.fromEntries(
  Object.keys(process.env)
    .filter((name) => name.startsWith('HOLDFAST_') && !name.startsWith('HOLDFAST_SERVERS_'))
    .map((name) => [name, undefined]),
)
const prefetch = prefetchServers(serversOfTests(selected))
const reporters = ['--reporter=default', '--reporter=json', '--outputFile.json=reports/vitest.json']
const { exitCode, output } = await runCommand('vitest', ['run', ...reporters, ...parameters], {
  directory: repositoryRoot,
  environment: withoutSettings,
  showOutput: 'also',
})
prefetch.stop()
process.exitCode = exitCode

// Written by the global set-up of the tests, whose type this is.
const uses = existsSync(serversFile) ? (JSON.parse(readFileSync(serversFile, 'utf8')) as readonly ServerUse[]) : []
if (uses.length > 0) console.log('\nSuites on real servers:')
for (const line of serversReport(uses)) console.log(`  ${line}`)

// The secrets that tests plant may be in nothing that the whole run showed or wrote down.
const leaks = findLeakedSecrets(
  new Map([
    ['the output of the tests', output],
    ...(existsSync(report) ? [['reports/vitest.json', readFileSync(report, 'utf8')] as const] : []),
  ]),
)
console.log(
  `\nPlanted secrets in the output and the report of the whole run: ${leaks.flatMap(({ texts }) => texts).length}`,
)
for (const { where, texts } of leaks) console.log(`  ${where}: ${texts.join(', ')}`)
if (leaks.length > 0) process.exitCode = 1

if (parameters.includes('--coverage')) {
  const file = join(repositoryRoot, 'coverage/coverage-summary.json')
  const summary: CoverageSummary = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {}
  const published = selected.filter((candidate) => candidate.published).map(({ folder }) => folder)
  console.log('\nLines covered by package:')
  for (const { name, percent, threshold, isMet } of packageCoverage(summary, repositoryRoot, published)) {
    console.log(
      `  ${isMet ? '✓' : '✗'} ${name.padEnd(20)} ${percent.toFixed(1).padStart(5)} % (at least ${threshold} %)`,
    )
    if (!isMet) process.exitCode = 1
  }
}
