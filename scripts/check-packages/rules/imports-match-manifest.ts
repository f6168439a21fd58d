import { posix } from 'node:path'
import type { Manifest } from '../manifest.ts'
import type { Rule, Violation } from '../rule.ts'
import { type ModuleReference, moduleReferences, packageOf } from '../syntax.ts'
import type { WorkspacePackage } from '../workspace.ts'

/** Shipped source imports what its manifest installs for the user, and nothing that only developers have. */
export const importsMatchManifest: Rule = {
  name: 'imports-match-manifest',
  why: 'An import of a development dependency works here and breaks at the first user.',
  *check({ packages }) {
    for (const package_ of packages) {
      const { group, manifest, sources, tests } = package_
      const ofSubpaths = onlyInSubpaths(package_)
      for (const file of group === 'packages' ? sources : []) {
        for (const reference of moduleReferences(file)) {
          const message = problemInSource(manifest, reference, ofSubpaths.has(file.path))
          if (message) yield { path: file.path, line: reference.line, message }
        }
      }
      for (const file of [...tests, ...(group === 'apps' ? sources : [])])
        yield* undeclared(manifest, file.path, moduleReferences(file))
    }
  },
}

/** What a subpath of `exports` reaches and the main entry does not: who imports the subpath has its optional peer. */
const onlyInSubpaths = (package_: WorkspacePackage): ReadonlySet<string> => {
  const { '.': main, ...subpaths } = package_.manifest.exports ?? {}
  if (package_.manifest.peerDependenciesMeta === undefined) return new Set()
  const ofMain = reachable(package_, [main])
  return new Set([...reachable(package_, Object.values(subpaths))].filter((path) => !ofMain.has(path)))
}

const reachable = ({ path, sources }: WorkspacePackage, entries: readonly unknown[]): Set<string> => {
  const seen = new Set<string>()
  const waiting = entries.filter((entry) => typeof entry === 'string').map((entry) => posix.join(path, entry))
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const file = sources.find((source) => source.path === next)
    if (file === undefined || seen.has(next)) continue
    seen.add(next)
    for (const { specifier, kind } of moduleReferences(file)) {
      if (specifier.startsWith('.') && kind !== 'type') waiting.push(posix.join(posix.dirname(next), specifier))
    }
  }
  return seen
}

const problemInSource = (
  manifest: Manifest,
  { specifier, kind }: ModuleReference,
  isOnlyInSubpaths: boolean,
): string | undefined => {
  const name = packageOf(specifier)
  if (name === undefined || name === manifest.name) return undefined
  if (manifest.dependencies?.[name] !== undefined || manifest.optionalDependencies?.[name] !== undefined)
    return undefined
  if (manifest.peerDependencies?.[name] !== undefined) {
    const optional = manifest.peerDependenciesMeta?.[name]?.optional === true
    return optional && kind === 'static' && !isOnlyInSubpaths
      ? `imports the optional peer ${name} statically; load it with import(), or in a subpath of exports that "." does not reach`
      : undefined
  }
  return manifest.devDependencies?.[name] === undefined
    ? `imports ${name}, which is not in its package.json`
    : `imports ${name}, which is only a devDependency`
}

const undeclared = function* (
  manifest: Manifest,
  path: string,
  references: readonly ModuleReference[],
): Generator<Violation> {
  const declared = {
    ...manifest.dependencies,
    ...manifest.devDependencies,
    ...manifest.peerDependencies,
    ...manifest.optionalDependencies,
  }
  for (const { specifier, line } of references) {
    const name = packageOf(specifier)
    if (name === undefined || name === manifest.name || declared[name] !== undefined) continue
    yield { path, line, message: `imports ${name}, which is not in its package.json` }
  }
}
