import type { Rule } from '../rule.ts'

/** The contracts package depends on nothing at run time. */
export const contractsDependencies: Rule = {
  name: 'contracts-dependencies',
  why: 'Everything depends on contracts, so whatever contracts depends on is imposed on everybody.',
  *check({ packages }) {
    for (const { path, folder, manifest } of packages) {
      if (folder !== 'contracts') continue
      for (const field of ['dependencies', 'peerDependencies', 'optionalDependencies'] as const) {
        for (const name of Object.keys(manifest[field] ?? {})) {
          yield { path: `${path}/package.json`, message: `${field} holds ${name}; contracts has no dependencies` }
        }
      }
    }
  },
}
