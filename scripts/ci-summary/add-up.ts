import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** What a step of `.ci/run` found. */
export interface StepResult {
  readonly step: string
  readonly passed: number
  readonly failed: number
  readonly skipped: number
  /** What could not be read from the report; empty when everything was. */
  readonly note: string
}

/** Reads the report of a step and compares it with the exit code: a step that failed without saying so counts as one failure. */
export const stepResult = (root: string, step: string, exitCode: number): StepResult => {
  const file = join(root, 'reports', step === 'test' ? 'vitest.json' : `${step}.json`)
  if (!existsSync(file)) return { step, passed: 0, failed: 1, skipped: 0, note: 'left no report' }
  const counts = step === 'test' ? vitestCounts(file) : commandCounts(file)
  if (exitCode !== 0 && counts.failed === 0)
    return { step, ...counts, failed: 1, note: `ended with exit code ${exitCode}` }
  if (counts.passed + counts.failed === 0) return { step, ...counts, failed: 1, note: 'checked nothing' }
  return { step, ...counts, note: '' }
}

type Counts = Pick<StepResult, 'passed' | 'failed' | 'skipped'>

const commandCounts = (file: string): Counts => {
  const { passed, failed, skipped }: Counts = JSON.parse(readFileSync(file, 'utf8'))
  return { passed, failed, skipped }
}

interface VitestReport {
  readonly testResults: readonly {
    readonly status: string
    readonly assertionResults: readonly { readonly status: string }[]
  }[]
}

/** A file that could not be loaded has no tests to count and is one failure. */
const vitestCounts = (file: string): Counts => {
  const { testResults }: VitestReport = JSON.parse(readFileSync(file, 'utf8'))
  const statuses = testResults.flatMap(({ status, assertionResults }) => {
    const tests = assertionResults.map((result) => result.status)
    return status === 'failed' && !tests.includes('failed') ? [...tests, 'failed'] : tests
  })
  const count = (...wanted: readonly string[]): number => statuses.filter((status) => wanted.includes(status)).length
  const passed = count('passed')
  const failed = count('failed')
  return { passed, failed, skipped: statuses.length - passed - failed }
}
