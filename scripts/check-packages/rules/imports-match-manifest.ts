import type { Manifest } from '../manifest.ts'
import type { Rule, Violation } from '../rule.ts'
import { type ModuleReference, moduleReferences, packageOf } from '../syntax.ts'

/** Shipped source imports what its manifest installs for the user, and nothing that only developers have. */
export const importsMatchManifest: Rule = {
  name: 'imports-match-manifest',
  why: 'An import of a development dependency works here and breaks at the first user.',
  *check({ packages }) {
    for (const { group, manifest, sources, tests } of packages) {
      for (const file of group === 'packages' ? sources : []) {
        for (const reference of moduleReferences(file)) {
          const message = problemInSource(manifest, reference)
          if (message) yield { path: file.path, line: reference.line, message }
        }
      }
      for (const file of [...tests, ...(group === 'apps' ? sources : [])])
        yield* undeclared(manifest, file.path, moduleReferences(file))
    }
  },
}

const problemInSource = (manifest: Manifest, { specifier, kind }: ModuleReference): string | undefined => {
  const name = packageOf(specifier)
  if (name === undefined || name === manifest.name) return undefined
  if (manifest.dependencies?.[name] !== undefined || manifest.optionalDependencies?.[name] !== undefined)
    return undefined
  if (manifest.peerDependencies?.[name] !== undefined) {
    const optional = manifest.peerDependenciesMeta?.[name]?.optional === true
    return optional && kind === 'static'
      ? `imports the optional peer ${name} statically; load it with import() so that it may be missing`
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
