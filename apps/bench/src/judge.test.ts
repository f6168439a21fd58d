import { describe, expect, test } from 'vitest'
import type { Area, Goal } from './area.ts'
import { compareReports } from './compare-reports.ts'
import { judge } from './judge.ts'
import { median } from './median.ts'
import { formatReport } from './report.ts'

const measured = {
  figures: new Map([
    ['floor', new Map([['call', [10, 30, 20]]])],
    [
      'ours',
      new Map([
        ['call', [24, 22, 90]],
        ['hits', [58.3]],
      ]),
    ],
    ['peer', new Map([['hits', [58.9]]])],
  ]),
  failures: [],
}

describe('judge', () => {
  const values = (goals: readonly Goal[]): unknown => judge(goals, measured).map(({ value, met }) => [value, met])

  test('compares medians by ratio, by difference, or with a number alone', () => {
    expect(
      values([
        { row: 'call', subject: 'ours', against: 'floor', atMost: 1.2 },
        { row: 'call', subject: 'ours', against: 'floor', atMost: 1.1 },
        { row: 'hits', subject: 'ours', atLeast: 58 },
        { row: 'call', subject: 'ours', atMost: 23 },
      ]),
    ).toEqual([
      [1.2, true],
      [1.2, false],
      [58.3, true],
      [24, false],
    ])
    const [difference] = judge(
      [{ row: 'hits', subject: 'ours', against: 'peer', by: 'difference', atLeast: -0.5 }],
      measured,
    )
    expect([difference?.value?.toFixed(2), difference?.met]).toEqual(['-0.60', false])
  })

  test('a goal whose figures are missing is short', () => {
    expect(
      values([
        { row: 'call', subject: 'nobody', atMost: 1 },
        { row: 'hits', subject: 'ours', against: 'floor', atMost: 9 },
      ]),
    ).toEqual([
      [null, false],
      [null, false],
    ])
  })
})

test('the report has a line for each subject, its ratio to the floor, and whether each goal is met', () => {
  const area: Area = {
    description: 'Calls.',
    rows: [{ name: 'call', unit: 'ns', floor: 'floor' }],
    subjects: ['floor', 'ours', 'nobody'].map((name) => ({ name, measure: async () => ({}) })),
    goals: [
      { row: 'call', subject: 'ours', against: 'floor', atMost: 1.1 },
      { row: 'call', subject: 'nobody', atLeast: 3 },
    ],
  }
  expect(formatReport(area, measured, judge(area.goals, measured)).join('\n')).toBe(
    `Calls.

call (ns)  median  × floor  goal
------------------------------------------------------
floor        20.0     1.00
ours         24.0     1.20  ≤ 1.1 × floor: 1.20  short
nobody       none           ≥ 3: not measured    short
`,
  )
})

test('the median of an even number of values is the mean of the two in the middle', () => {
  expect([median([3, 1, 2]), median([4, 1, 3, 2]), median([])]).toEqual([2, 2.5, Number.NaN])
})

describe('compareReports', () => {
  const report = (value: number | null, goal: Partial<Goal> = { against: 'floor', atMost: 2 }) => ({
    goals: [{ row: 'call', subject: 'ours', ...goal, value, met: true }],
  })
  const isWorse = (before: number | null, after: number | null, goal?: Partial<Goal>): unknown =>
    compareReports(report(before, goal), report(after, goal), 10).map(({ worse }) => worse)

  test('a ratio that rose by more than the tolerance is worse, where less is better', () => {
    expect([isWorse(1, 1.09), isWorse(1, 1.11), isWorse(1, 0.5)]).toEqual([[false], [true], [false]])
  })

  test('a rate that fell by more than the tolerance is worse, where more is better', () => {
    const rate = { against: 'floor', atLeast: 0.7 }
    expect([isWorse(1, 0.92, rate), isWorse(1, 0.9, rate), isWorse(1, 2, rate)]).toEqual([[false], [true], [false]])
  })

  test('differences and what was not measured are left out', () => {
    expect([isWorse(null, 1), isWorse(1, null), isWorse(1, 2, { by: 'difference', atLeast: -0.5 })]).toEqual([
      [],
      [],
      [],
    ])
  })
})
