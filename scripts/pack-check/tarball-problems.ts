import type { Manifest } from '../check-packages/manifest.ts'

/** What is wrong with a packed package, given its manifest and its files as they lie in the tarball. */
export const tarballProblems = (manifest: Manifest, files: readonly string[]): readonly string[] => {
  const present = new Set(files)
  const problems: string[] = []
  for (const required of ['package.json', 'README.md', 'LICENSE']) {
    if (!present.has(required)) problems.push(`has no ${required}`)
  }
  for (const target of [...targetsOf(manifest.exports), ...targetsOf(manifest.bin)]) {
    if (!present.has(target.replace(/^\.\//, ''))) problems.push(`names ${target}, which is not packed`)
    if (!target.startsWith('./dist/')) problems.push(`offers ${target} instead of a built file`)
  }
  for (const file of files) {
    if (/^(src|test)\/|\.test\.|(^|\/)\.env/.test(file)) problems.push(`holds ${file}, which users do not need`)
  }
  for (const field of ['dependencies', 'peerDependencies', 'optionalDependencies'] as const) {
    for (const [name, range] of Object.entries(manifest[field] ?? {})) {
      if (/^(workspace|file|link):/.test(range))
        problems.push(`depends on ${name} as "${range}", which only works here`)
    }
  }
  return problems
}

const targetsOf = (value: unknown): readonly string[] => {
  if (typeof value === 'string') return [value]
  if (typeof value !== 'object' || value === null) return []
  return Object.values(value).flatMap(targetsOf)
}
