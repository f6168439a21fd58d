import ts from 'typescript'
import type { Rule } from '../rule.ts'
import { lineOf, nodesOf } from '../syntax.ts'

interface Forbidden {
  readonly what: string
  readonly instead: string
  readonly is: (node: ts.Node) => boolean
}

const forbidden: readonly Forbidden[] = [
  {
    what: 'a default export',
    instead: 'export it by name',
    is: (node) =>
      ts.isExportAssignment(node) ||
      (ts.canHaveModifiers(node) &&
        (ts.getModifiers(node) ?? []).some(({ kind }) => kind === ts.SyntaxKind.DefaultKeyword)) ||
      (ts.isExportSpecifier(node) && node.name.text === 'default'),
  },
  { what: 'an enum', instead: 'use a union of string literals', is: ts.isEnumDeclaration },
  {
    what: 'a namespace',
    instead: 'a file is a namespace already',
    is: (node) => ts.isModuleDeclaration(node) && ts.isIdentifier(node.name) && node.name.text !== 'global',
  },
  {
    what: 'a parameter property',
    instead: 'declare the field and assign it',
    is: (node) => ts.isParameter(node) && ts.isParameterPropertyDeclaration(node, node.parent),
  },
  {
    what: '`using`',
    instead: 'Node 22 cannot parse it under type stripping; use try and finally',
    is: (node) => ts.isVariableDeclarationList(node) && (node.flags & ts.NodeFlags.Using) === ts.NodeFlags.Using,
  },
  { what: '`any`', instead: 'use unknown and narrow it', is: ({ kind }) => kind === ts.SyntaxKind.AnyKeyword },
  { what: 'a non-null assertion', instead: 'narrow the value', is: ts.isNonNullExpression },
]

const suppression = /@ts-(ignore|nocheck|expect-error)\b/

/** Shipped source keeps to the erasable, explicit part of TypeScript. */
export const languageSubset: Rule = {
  name: 'language-subset',
  why: 'Node strips types and runs the rest as it stands, and hidden defaults or `any` undo what the types promise.',
  *check({ packages }) {
    for (const file of packages.filter(({ group }) => group === 'packages').flatMap(({ sources }) => sources)) {
      for (const node of nodesOf(file)) {
        const found = forbidden.find(({ is }) => is(node))
        if (found) yield { path: file.path, line: lineOf(file, node), message: `uses ${found.what}; ${found.instead}` }
      }
      for (const [index, line] of file.text.split('\n').entries()) {
        const found = suppression.exec(line)
        if (found)
          yield { path: file.path, line: index + 1, message: `silences the compiler with ${found[0]}; fix the type` }
      }
    }
  },
}
