// npm run mutants: applies the listed one-line breakages, one at a time, in copies of the workspace. The named test must
// be green before and red after. Parameters choose mutants whose name contains one of them.
import { readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { collectMutants, type Mutant, mutantProblem } from './mutants/mutant.ts'
import { resultsOf, runTests } from './mutants/test-results.ts'
import { copyWorkspace, type WorkspaceCopy } from './mutants/workspace-copy.ts'
import { type ReportItem, writeReport } from './report.ts'
import { repositoryRoot } from './repository-root.ts'

const { values, positionals } = parseArgs({
  options: { root: { type: 'string', default: repositoryRoot } },
  allowPositionals: true,
})
const { root } = values
const mutants = collectMutants(root).filter(
  ({ name }) => positionals.length === 0 || positionals.some((part) => name.includes(part)),
)
const items: ReportItem[] = []
const copies: WorkspaceCopy[] = []
process.on('exit', () => {
  for (const copy of copies) copy.remove()
})
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(1))

/** For the tests of all mutants, unbroken, also while servers are built and the machine is busy. */
const unbrokenRunMs = 1_500_000
/** Longer than any test may take by itself (60 s), so that a breakage that hangs is a red test and not a stuck run. */
const oneMutantMs = 180_000

const record = (mutant: Mutant, problem: string | undefined, durationMs = 0): void => {
  const details = problem === undefined ? {} : { details: problem }
  items.push({ name: mutant.name, outcome: problem === undefined ? 'passed' : 'failed', durationMs, ...details })
  const verdict = problem === undefined ? `red: ${mutant.title}` : problem
  console.log(
    `${problem === undefined ? '✓' : '✗'} ${mutant.name} (${(durationMs / 1000).toFixed(1)} s)\n    ${mutant.file} → ${verdict}`,
  )
}

/** Mutants that can be tried: applicable, and their test is there and green in an unbroken copy. */
const testable = async (): Promise<readonly Mutant[]> => {
  const applicable = mutants.filter((mutant) => {
    const problem = mutantProblem(root, mutant)
    if (problem !== undefined) record(mutant, problem)
    return problem === undefined
  })
  const copy = copyWorkspace(root)
  copies.push(copy)
  if (applicable.length === 0) return []
  const files = [...new Set(applicable.map(({ test }) => test))]
  const results = await runTests(
    copy.root,
    files,
    applicable.map(({ title }) => title),
    unbrokenRunMs,
  )
  if (results.length === 0) console.log(`mutants: the tests gave no report within ${unbrokenRunMs / 60_000} minutes`)
  return applicable.filter((mutant) => {
    const found = resultsOf(results, mutant.test, mutant.title)
    const problem =
      found.length === 0
        ? `${mutant.test} has no test called "${mutant.title}"`
        : found.some(({ status }) => status !== 'passed')
          ? `"${mutant.title}" is not green without the breakage`
          : undefined
    if (problem !== undefined) record(mutant, problem)
    return problem === undefined
  })
}

const tryMutant = async (copy: WorkspaceCopy, mutant: Mutant): Promise<void> => {
  const started = performance.now()
  const path = join(copy.root, mutant.file)
  const original = readFileSync(path, 'utf8')
  // A function, because `$&` and its like mean something in a replacement text.
  writeFileSync(
    path,
    original.replace(mutant.find, () => mutant.replace),
  )
  const results = resultsOf(
    await runTests(copy.root, [mutant.test], [mutant.title], oneMutantMs),
    mutant.test,
    mutant.title,
  )
  writeFileSync(path, original)
  const problem =
    results.length === 0
      ? 'the test did not run at all: the breakage must leave a program that loads'
      : results.some(({ status }) => status === 'failed')
        ? undefined
        : `SURVIVED: "${mutant.title}" stays green`
  record(mutant, problem, Math.round(performance.now() - started))
}

const waiting = [...(await testable())]
const workers = Math.min(2, availableParallelism(), waiting.length)
while (copies.length < workers) copies.push(copyWorkspace(root))
await Promise.all(
  copies.map(async (copy) => {
    for (let mutant = waiting.shift(); mutant; mutant = waiting.shift()) await tryMutant(copy, mutant)
  }),
)

const { passed, failed } = writeReport(root, 'mutants', items)
console.log(
  failed === 0
    ? `mutants: all ${passed} turned their test red`
    : `mutants: ${failed} of ${passed + failed} were not noticed or could not be tried`,
)
process.exitCode = failed === 0 && passed > 0 ? 0 : 1
