import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import type { Verdict } from './pool-faults/fault.ts'
import { faults } from './pool-faults/faults.ts'
import { formatTable } from './pool-faults/format-table.ts'
import { libraries } from './pool-faults/libraries.ts'
import { probeFault } from './pool-faults/probe-fault.ts'
import { probeInChild } from './pool-faults/probe-in-child.ts'

const usage = `Usage: npm run pool-faults [-- --library name …] [--fault text …]

Makes every fault of pools happen to ours and to the pools of npm, each in a process of its own, and prints who takes it well.
Exits with 1 when ours is wrong.

  --library   only this one; may be repeated
  --fault     only those whose name has this in it; may be repeated

Libraries: ${Object.keys(libraries).join(', ')}`

/** Probes at the same time: most of each is waiting. */
const concurrency = 3

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    library: { type: 'string', multiple: true },
    fault: { type: 'string', multiple: true },
    probe: { type: 'boolean' },
    help: { type: 'boolean' },
  },
})

const chosenLibraries = Object.keys(libraries).filter((name) => values.library?.includes(name) ?? true)
const chosenFaults = faults.filter(({ name }) => values.fault?.some((text) => name.includes(text)) ?? true)

const versionOf = (name: string): string => {
  if (name === 'holdfast') return 'this repository'
  const path = new URL(`../node_modules/${name}/package.json`, import.meta.url)
  // Each package says its version there.
  return (JSON.parse(readFileSync(path, 'utf8')) as { version: string }).version
}

/** In the child: probes, and tells the parent. What nobody catches is the library's doing. */
const probeHere = async (): Promise<void> => {
  const [faultName, libraryName = ''] = positionals
  const fault = faults.find(({ name }) => name === faultName)
  const library = await libraries[libraryName]?.()
  if (fault === undefined || library === undefined) throw new Error(`No fault ${faultName} or library ${libraryName}.`)
  const send = (verdict: Verdict): void => {
    if (process.send === undefined) console.log(verdict)
    else process.send(verdict, () => process.exit(0))
  }
  process.on('uncaughtException', (error) => send({ kind: 'wrong', what: `nobody can catch: ${error.message}` }))
  send(await probeFault(fault, library))
}

const probeAll = async (): Promise<void> => {
  const rows = chosenFaults.map((fault) => ({ fault, verdicts: new Map<string, Verdict>() }))
  const jobs = rows.flatMap(({ fault, verdicts }) => chosenLibraries.map((name) => ({ fault, name, verdicts })))
  const work = async (): Promise<void> => {
    for (let job = jobs.shift(); job !== undefined; job = jobs.shift()) {
      const { fault, name, verdicts } = job
      verdicts.set(name, await probeInChild(import.meta.filename, fault.name, name))
      if (process.stderr.isTTY) process.stderr.write(`\r${jobs.length} to go \u001b[K`)
    }
  }
  await Promise.all(Array.from({ length: concurrency }, work))
  for (const line of formatTable(rows, chosenLibraries)) console.log(line)
  console.log(
    `\n${chosenLibraries.map((name) => `${name} ${versionOf(name)}`).join(', ')}, Node ${process.versions.node}`,
  )
  const ours = rows.flatMap(({ verdicts }) => verdicts.get('holdfast') ?? [])
  const rightCount = ours.filter(({ kind }) => kind === 'right').length
  console.log(`pool faults: holdfast is right in ${rightCount} of ${ours.length}`)
  if (rightCount < ours.length) process.exitCode = 1
}

if (values.help || chosenLibraries.length === 0 || chosenFaults.length === 0) {
  console.log(usage)
  process.exit(values.help ? 0 : 2)
}
await (values.probe ? probeHere() : probeAll())
