import type { Manifest } from '../manifest.ts'
import type { Rule } from '../rule.ts'

const engines = '^22.22.0 || ^24.11.0 || >=26'

interface Requirement {
  readonly field: string
  readonly expected: string
  readonly isMet: (manifest: Manifest, path: string) => boolean
}

const requirements: readonly Requirement[] = [
  { field: 'type', expected: '"module"', isMet: ({ type }) => type === 'module' },
  { field: 'license', expected: '"Apache-2.0"', isMet: ({ license }) => license === 'Apache-2.0' },
  { field: 'engines.node', expected: `"${engines}"`, isMet: (manifest) => manifest.engines?.node === engines },
  { field: 'description', expected: 'one sentence', isMet: ({ description }) => (description ?? '').length >= 20 },
  { field: 'version', expected: 'a version', isMet: ({ version }) => /^\d+\.\d+\.\d+/.test(version ?? '') },
  {
    field: 'repository.directory',
    expected: 'the folder of the package',
    isMet: ({ repository }, path) => repository?.directory === path,
  },
  {
    field: 'sideEffects',
    expected: 'false, or the list of files that have some',
    isMet: ({ sideEffects }) => sideEffects === false || Array.isArray(sideEffects),
  },
  { field: 'files', expected: '["dist"]', isMet: ({ files }) => files?.length === 1 && files[0] === 'dist' },
  { field: 'scripts.build', expected: '"tsup"', isMet: ({ scripts }) => scripts?.build === 'tsup' },
]

/** Published manifests say what a user, a bundler and a registry need to know. */
export const requiredFields: Rule = {
  name: 'required-fields',
  why: 'A missing field is noticed only after publishing, when it cannot be changed.',
  *check({ packages }) {
    for (const { path, published, manifest } of packages) {
      if (!published) continue
      for (const { field, expected, isMet } of requirements) {
        if (!isMet(manifest, path)) yield { path: `${path}/package.json`, message: `"${field}" must be ${expected}` }
      }
    }
  },
}
