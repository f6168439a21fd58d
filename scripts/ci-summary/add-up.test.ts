import { expect, it } from 'vitest'
import { withFiles } from '../check-packages/fixture-workspace.ts'
import { stepResult } from './add-up.ts'

const report = { passed: 3, failed: 0, skipped: 1 }
const tests = (...statuses: readonly string[]): unknown => ({
  assertionResults: statuses.map((status) => ({ status })),
})
const vitest = JSON.stringify({
  testResults: [
    Object.assign({ status: 'passed' }, tests('passed', 'passed', 'skipped', 'todo')),
    Object.assign({ status: 'failed' }, tests('passed', 'failed')),
    Object.assign({ status: 'failed' }, tests()),
  ],
})
const resultOf = (step: string, exitCode: number, files: Readonly<Record<string, string>>): unknown =>
  withFiles(files, (root) => stepResult(root, step, exitCode))

it('takes the counts of a report', () => {
  expect(resultOf('check', 0, { 'reports/check.json': JSON.stringify(report) })).toMatchObject({ ...report, note: '' })
})

it('counts tests, and a file that did not load as a failure', () => {
  expect(resultOf('test', 1, { 'reports/vitest.json': vitest })).toMatchObject({ passed: 3, failed: 2, skipped: 2 })
})

it.each([
  ['left no report', 0, {}],
  ['ended with exit code 1', 1, { 'reports/check.json': JSON.stringify(report) }],
  ['checked nothing', 0, { 'reports/check.json': '{"passed":0,"failed":0,"skipped":4}' }],
])('counts a step that %s as one failure', (note, exitCode, files) => {
  expect(resultOf('check', exitCode, files)).toMatchObject({ failed: 1, note })
})
