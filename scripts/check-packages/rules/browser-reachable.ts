import { posix } from 'node:path'
import type { Rule, Violation } from '../rule.ts'
import { moduleReferences } from '../syntax.ts'
import type { WorkspacePackage } from '../workspace.ts'

// What code in a browser may import: these subpaths of contracts, with all they reach.
const browserEntries = ['.', './credentials', './cache']

/** Nothing that a browser can reach in contracts imports a module of Node. */
export const browserReachable: Rule = {
  name: 'browser-reachable',
  why: 'The web console and other clients import the contracts; one `node:` import breaks their bundle.',
  *check({ packages }) {
    const contracts = packages.find(({ path }) => path === 'packages/contracts')
    if (!contracts) return
    const reported = new Set<string>()
    for (const key of browserEntries) {
      const entry = contracts.manifest.exports?.[key]
      if (typeof entry !== 'string') {
        yield { path: 'packages/contracts/package.json', message: `exports has no "${key}"` }
        continue
      }
      for (const violation of nodeImports(contracts, posix.join(contracts.path, entry), key)) {
        const place = `${violation.path}:${violation.line}`
        if (!reported.has(place)) yield violation
        reported.add(place)
      }
    }
  },
}

const nodeImports = function* (contracts: WorkspacePackage, entry: string, key: string): Generator<Violation> {
  const seen = new Set<string>()
  const waiting = [entry]
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (seen.has(path)) continue
    seen.add(path)
    const file = contracts.sources.find((source) => source.path === path)
    if (!file) continue
    for (const { specifier, kind, line } of moduleReferences(file)) {
      if (specifier.startsWith('node:') && kind !== 'type') {
        yield {
          path,
          line,
          message: `imports ${specifier} and is reachable from contracts "${key}", which browsers use`,
        }
      }
      if (specifier.startsWith('.')) waiting.push(posix.join(posix.dirname(path), specifier))
    }
  }
}
