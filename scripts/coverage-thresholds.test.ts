import { expect, it } from 'vitest'
import { packageCoverage } from './coverage-thresholds.ts'

const lines = (total: number, covered: number): { lines: { total: number; covered: number } } => ({
  lines: { total, covered },
})

it('adds up the lines of a package and compares them with its own threshold', () => {
  const summary = {
    '/r/packages/cache/src/a.ts': lines(90, 90),
    '/r/packages/cache/src/b.ts': lines(10, 0),
    '/r/packages/cache-store/src/c.ts': lines(100, 0),
    '/r/packages/cli/src/main.ts': lines(100, 84),
  }
  const rows = packageCoverage(summary, '/r', ['cache', 'cli', 'storage-new'])
  expect(rows.map(({ percent, isMet }) => [percent, isMet])).toEqual([
    [90, true],
    [84, false],
    [0, false],
  ])
})
