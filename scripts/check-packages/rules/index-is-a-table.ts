import ts from 'typescript'
import type { Rule } from '../rule.ts'
import { lineOf } from '../syntax.ts'

/** Every index.ts is a table of contents: named re-exports and nothing else. */
export const indexIsATable: Rule = {
  name: 'index-is-a-table',
  why: 'The public surface must be readable in one place, and `export *` publishes whatever a file gains later.',
  *check({ packages }) {
    for (const { published, sources } of packages) {
      for (const file of sources) {
        if (!published || !/\/index\.ts$/.test(file.path)) continue
        let exported = 0
        for (const statement of file.tree.statements) {
          const line = lineOf(file, statement)
          if (!ts.isExportDeclaration(statement) || !statement.moduleSpecifier) {
            if (!isEmptyExport(statement))
              yield {
                path: file.path,
                line,
                message: 'holds more than named re-exports; move this into a file with its name',
              }
          } else if (!statement.exportClause || !ts.isNamedExports(statement.exportClause)) {
            yield { path: file.path, line, message: 'uses `export *`; name what is exported' }
          } else exported += statement.exportClause.elements.length
        }
        if (exported === 0) yield { path: file.path, message: 'exports nothing' }
      }
    }
  },
}

const isEmptyExport = (statement: ts.Statement): boolean =>
  ts.isExportDeclaration(statement) &&
  statement.exportClause !== undefined &&
  ts.isNamedExports(statement.exportClause) &&
  statement.exportClause.elements.length === 0
