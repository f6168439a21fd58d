import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { runCommand } from '../run-command.ts'

/** One test of a run. */
export interface TestResult {
  readonly file: string
  readonly title: string
  readonly fullName: string
  readonly status: string
}

interface VitestReport {
  readonly testResults: readonly {
    readonly name: string
    readonly assertionResults: readonly { readonly title: string; readonly fullName: string; readonly status: string }[]
  }[]
}

/** Runs the tests of these files whose full name contains one of the titles. None are answered when that takes longer than `timeoutMs`. */
export const runTests = async (
  root: string,
  files: readonly string[],
  titles: readonly string[],
  timeoutMs: number,
): Promise<readonly TestResult[]> => {
  const report = join(root, 'mutant-report.json')
  rmSync(report, { force: true })
  const pattern = titles.map(toPattern).join('|')
  await runCommand(
    'vitest',
    ['run', ...files, '--testNamePattern', pattern, '--reporter=json', `--outputFile.json=${report}`],
    { directory: root, timeoutMs },
  )
  if (!existsSync(report)) return []
  const { testResults }: VitestReport = JSON.parse(readFileSync(report, 'utf8'))
  return testResults.flatMap(({ name, assertionResults }) =>
    assertionResults
      .filter(({ status }) => status === 'passed' || status === 'failed')
      .map(({ title, fullName, status }) => ({ file: name, title, fullName, status })),
  )
}

/** Titles may hold the blocks around the test, which the runner joins by ` > ` and its report by a space. */
const toPattern = (title: string): string => title.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replaceAll(' ', '[ >]+')

/** The tests of a run that a title in a file means: the name itself, or the name with the blocks around it. */
export const resultsOf = (results: readonly TestResult[], file: string, title: string): readonly TestResult[] =>
  results.filter(
    (result) =>
      result.file.endsWith(`/${file}`) &&
      (result.title === title || result.fullName === title || result.fullName.endsWith(` ${title}`)),
  )
