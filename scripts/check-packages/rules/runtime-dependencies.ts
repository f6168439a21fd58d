import type { Rule } from '../rule.ts'

const scope = '@holdfast/'
const contracts = '@holdfast/contracts'

// By name, and these only: config turns configuration into instances, cli is an application that is published.
const mayDependOnPackages = new Set(['config', 'cli'])

/** Published packages reach each other through contracts, never directly. */
export const runtimeDependencies: Rule = {
  name: 'runtime-dependencies',
  why: 'A package is useful alone only if it drags in nothing but @holdfast/contracts and its own backend client.',
  *check({ packages }) {
    for (const { path, folder, published, manifest } of packages) {
      if (!published) continue
      const runtime = { ...manifest.dependencies, ...manifest.peerDependencies, ...manifest.optionalDependencies }
      for (const name of Object.keys(runtime)) {
        if (!name.startsWith(scope) || name === contracts) continue
        if (mayDependOnPackages.has(folder) && name !== '@holdfast/testkit') continue
        yield {
          path: `${path}/package.json`,
          message: `depends on ${name} at run time; take an instance of a contract instead, or make it a devDependency`,
        }
      }
      for (const [name, range] of Object.entries(runtime)) {
        if (name.startsWith(scope) && range !== 'workspace:^') {
          yield { path: `${path}/package.json`, message: `${name} must be "workspace:^", not "${range}"` }
        }
      }
    }
  },
}
