import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { type BenchReport, compareReports } from './compare-reports.ts'

const { values, positionals } = parseArgs({ allowPositionals: true, options: { tolerance: { type: 'string' } } })
const [basePath, headPath] = positionals
const tolerancePercent = Number(values.tolerance ?? 10)
if (basePath === undefined || headPath === undefined || !(tolerancePercent >= 0)) {
  console.log('Usage: node apps/bench/src/compare.ts base.json head.json [--tolerance percent]   (default 10)')
  process.exit(2)
}

// Both files were written by bench.ts --json.
const read = (path: string): BenchReport => JSON.parse(readFileSync(path, 'utf8')) as BenchReport
const comparisons = compareReports(read(basePath), read(headPath), tolerancePercent)
for (const { goal, base, head, changePercent, worse } of comparisons) {
  const change = `${changePercent >= 0 ? '+' : ''}${changePercent.toFixed(1)} %`
  console.log(`${worse ? 'WORSE' : 'ok   '}  ${goal}: ${base.toPrecision(3)} → ${head.toPrecision(3)} (${change})`)
}
const worse = comparisons.filter((comparison) => comparison.worse).length
console.log(`bench compare: ${worse} of ${comparisons.length} ratios more than ${tolerancePercent} % worse`)
if (worse > 0) process.exitCode = 1
