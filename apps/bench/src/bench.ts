import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { areas } from './areas.ts'
import { judge } from './judge.ts'
import { measureArea } from './measure-area.ts'
import { formatReport } from './report.ts'

const usage = `Usage: npm run bench -- <area> [--check] [--json file] [--rounds n] [--subject name …]

  --check     exit with 1 when a goal is short
  --json      write every figure and goal to a file
  --rounds    measure each subject this often, instead of the area's own number
  --subject   measure only this one, for a quick look; may be repeated

Areas: ${Object.keys(areas).join(', ')}`

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    check: { type: 'boolean' },
    json: { type: 'string' },
    rounds: { type: 'string' },
    subject: { type: 'string', multiple: true },
    help: { type: 'boolean' },
  },
})

const name = positionals[0] ?? ''
const load = Object.hasOwn(areas, name) ? areas[name] : undefined
if (load === undefined) {
  if (name !== '') console.error(`There is no area ${name}.\n`)
  console.log(usage)
  process.exit(values.help ? 0 : 2)
}

const area = await load()
const rounds = values.rounds === undefined ? (area.rounds ?? 5) : Number(values.rounds)
const startedAt = performance.now()
const measured = await measureArea(name, area, { rounds, only: values.subject })
const isMeasured = (subject: string | undefined): boolean =>
  subject === undefined || values.subject === undefined || values.subject.includes(subject)
const goals = area.goals.filter(({ subject, against }) => isMeasured(subject) && isMeasured(against))
const verdicts = judge(goals, measured)
for (const line of formatReport(area, measured, verdicts)) console.log(line)
for (const failure of measured.failures) console.error(failure)

if (values.json !== undefined) {
  const figures = Object.fromEntries(
    [...measured.figures].map(([subject, rows]) => [subject, Object.fromEntries(rows)]),
  )
  const report = {
    area: name,
    node: process.version,
    measuredAt: new Date().toISOString(),
    rounds,
    figures,
    goals: verdicts,
  }
  writeFileSync(values.json, `${JSON.stringify(report, null, 2)}\n`)
}

const met = verdicts.filter((verdict) => verdict.met).length
console.log(
  `took ${Math.round((performance.now() - startedAt) / 1000)} s, ${rounds} rounds, Node ${process.versions.node}`,
)
console.log(`bench ${name}: ${met} of ${verdicts.length} goals met`)
if (values.check && (met < verdicts.length || measured.failures.length > 0)) process.exitCode = 1
