// npm test: every suite, with a JSON report in reports/vitest.json; further parameters go to vitest as they are.
// With --coverage each package must reach its own threshold.
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { loadWorkspace } from './check-packages/workspace.ts'
import { type CoverageSummary, packageCoverage } from './coverage-thresholds.ts'
import { findLeakedSecrets } from './leaked-secrets.ts'
import { repositoryRoot } from './repository-root.ts'
import { runCommand } from './run-command.ts'

const parameters = process.argv.slice(2)
mkdirSync(join(repositoryRoot, 'reports'), { recursive: true })
// What an earlier run left must not be read as the result of this one.
rmSync(join(repositoryRoot, 'reports/vitest.json'), { force: true })

// Tests must not find the vault of whoever runs them.
const withoutSettings = Object.fromEntries(
  Object.keys(process.env)
    .filter((name) => name.startsWith('HOLDFAST_'))
    .map((name) => [name, undefined]),
)
const reporters = ['--reporter=default', '--reporter=json', '--outputFile.json=reports/vitest.json']
const { exitCode, output } = await runCommand('vitest', ['run', ...reporters, ...parameters], {
  directory: repositoryRoot,
  environment: withoutSettings,
  showOutput: 'also',
})
process.exitCode = exitCode

// The secrets that tests plant may be in nothing that the whole run showed or wrote down.
const report = join(repositoryRoot, 'reports/vitest.json')
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

/** The packages that this run was about: those named with --project, or all. */
const selectedPackages = (): readonly string[] => {
  const published = loadWorkspace(repositoryRoot)
    .packages.filter(({ published }) => published)
    .map(({ folder }) => folder)
  const named = parameters.flatMap((parameter, index) => {
    if (parameter === '--project') return [parameters[index + 1] ?? '']
    return parameter.startsWith('--project=') ? [parameter.slice('--project='.length)] : []
  })
  return named.length === 0 ? published : published.filter((name) => named.includes(name))
}

if (parameters.includes('--coverage')) {
  const file = join(repositoryRoot, 'coverage/coverage-summary.json')
  const summary: CoverageSummary = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {}
  console.log('\nLines covered by package:')
  for (const { name, percent, threshold, isMet } of packageCoverage(summary, repositoryRoot, selectedPackages())) {
    console.log(
      `  ${isMet ? '✓' : '✗'} ${name.padEnd(20)} ${percent.toFixed(1).padStart(5)} % (at least ${threshold} %)`,
    )
    if (!isMet) process.exitCode = 1
  }
}
