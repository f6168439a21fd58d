import ts from 'typescript'
import type { Rule } from '../rule.ts'
import { lineOf, nodesOf } from '../syntax.ts'
import type { TextFile } from '../workspace.ts'

/** Every type assertion stands beside a comment that proves it. */
export const explainedAssertions: Rule = {
  name: 'explained-assertions',
  why: 'An `as` overrules the compiler, so the reason must be where the reader sees it.',
  *check({ packages }) {
    for (const file of packages.filter(({ group }) => group === 'packages').flatMap(({ sources }) => sources)) {
      for (const node of nodesOf(file)) {
        if (!(ts.isAsExpression(node) || ts.isTypeAssertionExpression(node)) || isHarmless(node)) continue
        if (!isExplained(file, node)) {
          const message = `asserts \`as ${node.type.getText(file.tree)}\` without a comment that proves it`
          yield { path: file.path, line: lineOf(file, node.type), message }
        }
      }
    }
  },
}

/** `as const` narrows and `as unknown` widens; an assertion inside another is reported once, for the outer one. */
const isHarmless = (node: ts.AssertionExpression): boolean =>
  ts.isConstTypeReference(node.type) ||
  node.type.kind === ts.SyntaxKind.UnknownKeyword ||
  (ts.isAsExpression(node.parent) && !ts.isConstTypeReference(node.parent.type))

/** A comment on a line of the statement up to the assertion, or in the block of comments right above the statement. */
const isExplained = (file: TextFile, node: ts.Node): boolean => {
  const lines = file.text.split('\n')
  const last = lineOf(file, lastTokenOf(node))
  for (let owner: ts.Node | undefined = node; owner; owner = owner.parent) {
    const isOwner = ts.isStatement(owner) || ts.isClassElement(owner) || ts.isPropertyAssignment(owner)
    if (!isOwner || ts.isBlock(owner)) continue
    const first = lineOf(file, owner)
    const around = lines.slice(first - 1, last)
    if (around.some(hasComment) || isCommentEnd(lines[first - 2] ?? '')) return true
    // A property or a short statement may share the comment of the statement around it, up to a function's edge.
    if (!ts.isPropertyAssignment(owner)) return false
  }
  return false
}

const lastTokenOf = (node: ts.Node): ts.Node => (ts.isAsExpression(node) ? node.type : node)

const hasComment = (line: string): boolean => /(^|\s)\/\/ \S|\/\*/.test(line)

const isCommentEnd = (line: string): boolean => /^\s*(\/\/ \S|\*\/|\/\*.*\*\/)|\*\/\s*$/.test(line)
