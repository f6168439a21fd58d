// npm run examples: runs every file of apps/examples/src as a user would, each in a new temporary folder.
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type ReportItem, writeReport } from './report.ts'
import { repositoryRoot } from './repository-root.ts'
import { runCommand } from './run-command.ts'

const maxDurationMs = 120_000

const { values, positionals } = parseArgs({
  options: { root: { type: 'string', default: repositoryRoot } },
  allowPositionals: true,
})
const directory = join(values.root, 'apps/examples/src')
const names = readdirSync(directory)
  .filter((name) => name.endsWith('.ts') && !/\.(test|d)\.ts$/.test(name))
  .filter((name) => positionals.length === 0 || positionals.includes(name.replace(/\.ts$/, '')))
  .sort()

const items: ReportItem[] = []
for (const name of names) {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-example-'))
  try {
    const { exitCode, output, durationMs } = await runCommand('node', [join(directory, name)], {
      directory: folder,
      // Examples and the demonstration write into the folder the user stands in.
      environment: {
        HOLDFAST_CWD: folder,
        INIT_CWD: folder,
        HOLDFAST_STORE: undefined,
        HOLDFAST_PASSPHRASE: undefined,
      },
      timeoutMs: maxDurationMs,
    })
    const failed = exitCode !== 0
    console.log(`${failed ? '✗' : '✓'} ${name} (${(durationMs / 1000).toFixed(1)} s)`)
    if (failed || positionals.length > 0) console.log(output.replace(/^(?=.)/gm, '    ').trimEnd())
    items.push({
      name,
      outcome: failed ? 'failed' : 'passed',
      durationMs: Math.round(durationMs),
      ...(failed ? { details: output } : {}),
    })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const { passed, failed } = writeReport(values.root, 'examples', items)
console.log(failed === 0 ? `examples: all ${passed} ran` : `examples: ${failed} of ${passed + failed} went wrong`)
process.exitCode = failed === 0 && passed > 0 ? 0 : 1
