import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import type { Rule } from '../rule.ts'
import { lineOf, nodesOf } from '../syntax.ts'

const listFile = 'scripts/check-packages/reveal-call-sites.json'

interface AllowedFile {
  readonly file: string
  /** How many calls the file may hold, so that one more is a decision of its own. */
  readonly calls: number
  /** Why the value has to be in the open there. */
  readonly why: string
}

/** Every place that opens a Secret stands in one list with its reason. */
export const revealCallSites: Rule = {
  name: 'reveal-call-sites',
  why: 'reveal() is the one door out of a Secret, so an audit reads this list instead of the whole source.',
  *check({ root, packages }) {
    const path = join(root, listFile)
    const allowed: readonly AllowedFile[] = existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : []
    const found = new Map<string, number[]>()
    for (const file of packages.filter(({ group }) => group === 'packages').flatMap(({ sources }) => sources)) {
      const lines = [...nodesOf(file)].filter(isReveal).map((node) => lineOf(file, node))
      if (lines.length > 0) found.set(file.path, lines)
    }
    for (const [file, lines] of found) {
      const calls = allowed.find((entry) => entry.file === file)?.calls ?? 0
      if (lines.length > calls) {
        const message = `opens a Secret ${lines.length} times (lines ${lines.join(', ')}); ${listFile} allows ${calls}`
        yield { path: file, line: lines.at(-1) ?? 1, message }
      }
    }
    for (const { file, calls, why } of allowed) {
      const actual = found.get(file)?.length ?? 0
      if (actual < calls)
        yield { path: listFile, message: `${file} is allowed ${calls} calls and holds ${actual}: lower the number` }
      if (why.length < 20)
        yield { path: listFile, message: `${file} needs a reason why the value must be in the open there` }
    }
  },
}

const isReveal = (node: ts.Node): boolean =>
  ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression) && node.expression.name.text === 'reveal'
