import { parseArgs } from 'node:util'
import { soakPool } from './pool/soak-pool.ts'

/** What runs for minutes under random faults, by name. */
const soaks: Readonly<Record<string, (options: SoakOptions) => Promise<readonly SoakVerdict[]>>> = { pool: soakPool }

/** How long, and with which faults. */
export interface SoakOptions {
  readonly minutes: number
  /** The same seed makes the same faults; time does the rest. */
  readonly seed: number
}

/** One thing that had to hold. */
export interface SoakVerdict {
  readonly what: string
  readonly holds: boolean
}

const usage = `Usage: npm run soak -- <name> [--minutes 2] [--seed n]

Names: ${Object.keys(soaks).join(', ')}`

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { minutes: { type: 'string' }, seed: { type: 'string' }, help: { type: 'boolean' } },
})
const name = positionals[0] ?? ''
const soak = Object.hasOwn(soaks, name) ? soaks[name] : undefined
const minutes = Number(values.minutes ?? 2)
const seed = Number(values.seed ?? Date.now() % 1_000_000)
if (soak === undefined || !(minutes > 0) || Number.isNaN(seed)) {
  console.log(usage)
  process.exit(values.help ? 0 : 2)
}

console.log(`soak ${name}: ${minutes} minutes, seed ${seed}, Node ${process.versions.node}`)
const verdicts = await soak({ minutes, seed })
for (const { what, holds } of verdicts) console.log(`${holds ? 'held ' : 'BROKEN'}  ${what}`)
const held = verdicts.filter(({ holds }) => holds).length
console.log(`soak ${name}: ${held} of ${verdicts.length} held`)
if (held < verdicts.length) process.exitCode = 1
