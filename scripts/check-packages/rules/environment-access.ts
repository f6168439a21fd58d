import ts from 'typescript'
import type { Rule } from '../rule.ts'
import { enclosingFunctionNames, lineOf, nodesOf } from '../syntax.ts'

// The command's real process, which it hands down; everything below is given one.
const entryPoints = new Set(['packages/cli/src/system-environment.ts'])

/** The environment is read only where a function's name says so. */
export const environmentAccess: Rule = {
  name: 'environment-access',
  why: 'A library that reads the environment behind its caller cannot be configured, tested or trusted.',
  *check({ packages }) {
    for (const file of packages.filter(({ group }) => group === 'packages').flatMap(({ sources }) => sources)) {
      if (entryPoints.has(file.path)) continue
      for (const node of nodesOf(file)) {
        if (!readsEnvironment(node)) continue
        if (enclosingFunctionNames(node).some((name) => /FromEnvironment$/.test(name))) continue
        const message = 'reads process.env outside a function whose name ends in FromEnvironment; take it as an option'
        yield { path: file.path, line: lineOf(file, node), message }
      }
    }
  },
}

const readsEnvironment = (node: ts.Node): boolean => {
  if (ts.isPropertyAccessExpression(node)) {
    return node.name.text === 'env' && ['process', 'globalThis.process'].includes(node.expression.getText())
  }
  return (
    ts.isImportSpecifier(node) &&
    (node.propertyName ?? node.name).text === 'env' &&
    /['"](node:)?process['"]/.test(node.parent.parent.parent.getText())
  )
}
