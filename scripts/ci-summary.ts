// The end of .ci/run: reads the report of each step (given as step=exit code) and adds them up in the last line.
import { stepResult } from './ci-summary/add-up.ts'
import { repositoryRoot } from './repository-root.ts'

const results = process.argv.slice(2).map((parameter) => {
  const [step = '', exitCode] = parameter.split('=')
  return stepResult(repositoryRoot, step, Number(exitCode))
})
for (const { step, passed, failed, skipped, note } of results) {
  console.log(`${step}: ${passed} good, ${failed} bad, ${skipped} left out${note === '' ? '' : ` (${note})`}`)
}
const sum = (count: 'passed' | 'failed' | 'skipped'): number =>
  results.reduce((total, result) => total + result[count], 0)
console.log(`\n${sum('passed')} passed, ${sum('failed')} failed, ${sum('skipped')} skipped`)
process.exitCode = sum('failed') === 0 && sum('passed') > 0 ? 0 : 1
