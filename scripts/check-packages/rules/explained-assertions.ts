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

/** How far above an assertion, in lines, the comment of a statement around it may stand and still be seen as its reason. */
const maxDistance = 5

/** A comment inside the statement up to the assertion, right above it, or right above a statement around it that begins near by. */
const isExplained = (file: TextFile, node: ts.Node): boolean => {
  const lines = file.text.split('\n')
  const last = lineOf(file, lastTokenOf(node))
  let isInnermost = true
  for (let owner: ts.Node | undefined = node; owner && !isFunctionBody(owner); owner = owner.parent) {
    if (!(ts.isStatement(owner) || ts.isClassElement(owner) || ts.isPropertyAssignment(owner)) || ts.isBlock(owner))
      continue
    const first = lineOf(file, owner)
    if (!isInnermost && last - first >= maxDistance) return false
    if (isInnermost && lines.slice(first - 1, last).some(hasComment)) return true
    if (isCommentEnd(lines[first - 2] ?? '')) return true
    isInnermost = false
  }
  return false
}

const isFunctionBody = (node: ts.Node): boolean => ts.isBlock(node) && ts.isFunctionLike(node.parent)

const lastTokenOf = (node: ts.Node): ts.Node => (ts.isAsExpression(node) ? node.type : node)

const hasComment = (line: string): boolean => /(^|\s)\/\/ \S|\/\*/.test(line)

const isCommentEnd = (line: string): boolean => /^\s*(\/\/ \S|\*\/|\/\*.*\*\/)|\*\/\s*$/.test(line)
