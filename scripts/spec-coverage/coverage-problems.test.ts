import { describe, expect, it } from 'vitest'
import { withFiles } from '../check-packages/fixture-workspace.ts'
import { coverageProblems } from './coverage-problems.ts'
import { coverageRows, type ExpectedSpecification, renderCoverage } from './coverage-table.ts'

const specifications: readonly ExpectedSpecification[] = [
  {
    id: '000',
    title: 'First',
    tasks: [
      { id: 'T001', title: 'One' },
      { id: 'T002', title: 'Two', mayWaitFor: 'resilience' },
    ],
  },
]
const files = {
  'package.json': '{"scripts":{"check":"true"}}',
  'src/one.ts': '',
  'src/one.test.ts': "it('keeps what it was given', () => {})\n",
}
const good = '| T001 | One | `src/one.ts` | `src/one.test.ts`: keeps what it was given<br>`npm run check` |'
const documentOf = (...rows: readonly string[]): string => `# Coverage\n\n## Spec 000: First\n\n${rows.join('\n')}\n`
const problemsOf = (...rows: readonly string[]): readonly string[] =>
  withFiles(files, (root) => coverageProblems(root, specifications, documentOf(...rows)))
const later = '| T002 | Two | later: resilience | |'

describe('the check of docs/spec-coverage.md', () => {
  it('accepts rows that name what exists', () => {
    expect(problemsOf(good, later)).toEqual([])
  })

  it.each([
    ['an id left out', [good], 'T002 (Two) is left out'],
    ['an id it does not know', [good, later, '| T003 | x | y | z |'], 'T003 is not a known task'],
    ['an id given twice', [good, good, later], 'T001 has 2 rows'],
    ['an empty cell', ['| T001 | One | | |', later], 'does not say where it is'],
    ['a row without a test', ['| T001 | One | `src/one.ts` | |', later], 'names no test'],
    ['a file that is not there', [good.replace('src/one.ts', 'src/two.ts'), later], 'src/two.ts, which does not exist'],
    [
      'a title that is not there',
      [good.replace('it was given', 'it was'), later],
      'a test that src/one.test.ts does not have',
    ],
    ['a command that is not there', [good.replace('run check', 'run gone'), later], 'nor a root command'],
    ['a task that may not wait', ['| T001 | One | later: resilience | |', later], 'may not wait'],
  ])('finds %s', (_what, rows, message) => {
    expect(problemsOf(...rows).join('\n')).toContain(message)
  })

  it('writes missing rows and keeps what the others say', () => {
    const written = renderCoverage(specifications, documentOf(good))
    expect(coverageRows(written).map(({ id, where }) => [id, where])).toEqual([
      ['T001', '`src/one.ts`'],
      ['T002', ''],
    ])
    expect(renderCoverage(specifications, written)).toBe(written)
  })
})
