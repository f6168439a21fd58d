import type { Rule } from '../rule.ts'

const allowed = new Set([
  'README.md',
  'CHANGELOG.md',
  'LICENSE',
  'package.json',
  'tsconfig.json',
  'tsup.config.ts',
  'src',
  'test',
])

/** `packages/<name>` is `@holdfast/<name>`, and every package has the same few entries. */
export const flatLayout: Rule = {
  name: 'flat-layout',
  why: 'A reader finds a package by its npm name and knows its folder before opening it.',
  *check({ packages, files }) {
    for (const { path, folder, group, published, manifest, files: inside } of packages) {
      if (manifest.name === undefined) {
        yield { path, message: 'has no package.json with a name' }
        continue
      }
      if (manifest.name !== `@holdfast/${folder}`) {
        yield {
          path: `${path}/package.json`,
          message: `is called ${manifest.name}; its folder says @holdfast/${folder}`,
        }
      }
      // A private package may hold more than a package, such as a server of its own.
      if (group !== 'packages' || !published) continue
      const entries = new Set(inside.map((file) => file.path.slice(path.length + 1).split('/')[0] ?? ''))
      for (const entry of entries) {
        if (!allowed.has(entry))
          yield {
            path: `${path}/${entry}`,
            message: `does not belong here; a package holds ${[...allowed].join(', ')}`,
          }
      }
    }
    for (const { path } of files) {
      if (/^(packages|apps)\/[^/]+\/.+\/package\.json$/.test(path) && !/\/(fixtures?|data)\//.test(path)) {
        yield { path, message: 'is a package inside a package; packages lie flat under packages/' }
      }
    }
  },
}
