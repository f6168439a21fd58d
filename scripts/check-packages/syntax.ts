import ts from 'typescript'
import type { TextFile } from './workspace.ts'

/** Every node of a file's syntax tree, outermost first. */
export const nodesOf = function* (file: TextFile): Generator<ts.Node> {
  yield* descendants(file.tree)
}

const descendants = function* (node: ts.Node): Generator<ts.Node> {
  yield node
  const children: ts.Node[] = []
  ts.forEachChild(node, (child) => {
    children.push(child)
  })
  for (const child of children) yield* descendants(child)
}

/** The line a node begins on, counted from 1. */
export const lineOf = (file: TextFile, node: ts.Node): number =>
  file.tree.getLineAndCharacterOfPosition(node.getStart(file.tree)).line + 1

/** One module that a file names: statically, dynamically, or only for its types. */
export interface ModuleReference {
  readonly specifier: string
  readonly kind: 'static' | 'dynamic' | 'type'
  readonly line: number
}

/** The modules that a file imports or exports from. */
export const moduleReferences = (file: TextFile): readonly ModuleReference[] => {
  const found: ModuleReference[] = []
  for (const node of nodesOf(file)) {
    const line = lineOf(file, node)
    if (ts.isImportDeclaration(node) && ts.isStringLiteral(node.moduleSpecifier)) {
      // `import { type A }` still loads the module when types are stripped: only `import type` is free.
      const kind = node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword ? 'type' : 'static'
      found.push({ specifier: node.moduleSpecifier.text, kind, line })
    } else if (ts.isExportDeclaration(node) && node.moduleSpecifier && ts.isStringLiteral(node.moduleSpecifier)) {
      found.push({ specifier: node.moduleSpecifier.text, kind: node.isTypeOnly ? 'type' : 'static', line })
    } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      const specifier = node.arguments[0]
      if (specifier && ts.isStringLiteral(specifier)) found.push({ specifier: specifier.text, kind: 'dynamic', line })
    } else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
      if (ts.isStringLiteral(node.argument.literal)) {
        found.push({ specifier: node.argument.literal.text, kind: 'type', line })
      }
    }
  }
  return found
}

/** `@scope/name` or `name` of a bare specifier; undefined for relative paths and Node's own modules. */
export const packageOf = (specifier: string): string | undefined => {
  if (specifier.startsWith('.') || specifier.startsWith('/') || specifier.startsWith('node:')) return undefined
  const [first = '', second = ''] = specifier.split('/')
  return first.startsWith('@') ? `${first}/${second}` : first
}

/** The names of the functions around a node, innermost first, as far as they have one. */
export const enclosingFunctionNames = (node: ts.Node): readonly string[] => {
  const names: string[] = []
  for (let current: ts.Node | undefined = node.parent; current; current = current.parent) {
    const name = functionName(current)
    if (name !== undefined) names.push(name)
  }
  return names
}

const functionName = (node: ts.Node): string | undefined => {
  if (ts.isFunctionDeclaration(node) || ts.isMethodDeclaration(node)) return node.name?.getText()
  if (!ts.isArrowFunction(node) && !ts.isFunctionExpression(node)) return undefined
  const owner = node.parent
  if (ts.isVariableDeclaration(owner) || ts.isPropertyAssignment(owner)) return owner.name.getText()
  return undefined
}
