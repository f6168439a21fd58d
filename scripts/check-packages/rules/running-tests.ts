import ts from 'typescript'
import type { Rule } from '../rule.ts'
import { lineOf, nodesOf } from '../syntax.ts'

const testFunctions = /^(it|test|describe|suite|bench)\b/
const muted = new Set(['only', 'skip', 'todo', 'fails'])

/** No test is focused, skipped, postponed or expected to fail. */
export const runningTests: Rule = {
  name: 'running-tests',
  why: 'A muted test looks green; a skip with its reason goes through `context.skip(reason)`.',
  *check({ files }) {
    for (const file of files) {
      if (!/\.test(-d)?\.ts$/.test(file.path) && !/^packages\/[^/]+\/test\/.*\.ts$/.test(file.path)) continue
      for (const node of nodesOf(file)) {
        if (!ts.isPropertyAccessExpression(node)) continue
        const onTest = testFunctions.test(node.expression.getText(file.tree)) && muted.has(node.name.text)
        const unexplained =
          node.name.text === 'skip' && ts.isCallExpression(node.parent) && node.parent.arguments.length === 0
        if (onTest || unexplained) {
          yield { path: file.path, line: lineOf(file, node), message: `mutes a test with ${node.getText(file.tree)}` }
        }
      }
    }
  },
}
