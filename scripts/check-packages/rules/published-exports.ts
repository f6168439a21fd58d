import type { Rule, Violation } from '../rule.ts'
import type { WorkspacePackage } from '../workspace.ts'

/** `exports` names sources, `publishConfig.exports` names the same entries as built. */
export const publishedExports: Rule = {
  name: 'published-exports',
  why: 'A subpath that is missing from publishConfig vanishes from the package without any error.',
  *check(workspace) {
    for (const package_ of workspace.packages) {
      if (package_.published) yield* compare(package_, (path) => workspace.exists(path))
    }
  },
}

const compare = function* (
  { path, manifest }: WorkspacePackage,
  exists: (path: string) => boolean,
): Generator<Violation> {
  const file = `${path}/package.json`
  const here = manifest.exports ?? {}
  const there = manifest.publishConfig?.exports ?? {}
  if (here['.'] === undefined) yield { path: file, message: 'exports has no "."' }
  for (const key of new Set([...Object.keys(here), ...Object.keys(there)])) {
    if (!(key in there)) yield { path: file, message: `publishConfig.exports lacks "${key}"` }
    else if (!(key in here)) yield { path: file, message: `exports lacks "${key}", which publishConfig.exports has` }
    else yield* compareEntry(file, key, here[key], there[key])
    const source = here[key]
    if (typeof source === 'string' && !exists(`${path}/${source.replace(/^\.\//, '')}`)) {
      yield { path: file, message: `exports["${key}"] names ${source}, which does not exist` }
    }
  }
  for (const [name, source] of Object.entries(manifest.bin ?? {})) {
    const wanted = source.replace(/^\.\/src\//, './dist/').replace(/\.ts$/, '.js')
    if (manifest.publishConfig?.bin?.[name] !== wanted) {
      yield { path: file, message: `publishConfig.bin["${name}"] must be "${wanted}"` }
    }
    if (!exists(`${path}/${source.replace(/^\.\//, '')}`)) {
      yield { path: file, message: `bin["${name}"] names ${source}, which does not exist` }
    }
  }
}

const compareEntry = function* (file: string, key: string, source: unknown, built: unknown): Generator<Violation> {
  if (typeof source !== 'string' || !/^\.\/src\/.+\.ts$/.test(source)) {
    yield { path: file, message: `exports["${key}"] must name one file under ./src` }
    return
  }
  const stem = source.replace(/^\.\/src\//, './dist/').replace(/\.ts$/, '')
  const wanted = JSON.stringify({ types: `${stem}.d.ts`, default: `${stem}.js` })
  if (JSON.stringify(built) !== wanted) {
    yield { path: file, message: `publishConfig.exports["${key}"] must be ${wanted}` }
  }
}
