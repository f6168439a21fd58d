import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

/** File contents by path; undefined leaves a file out. */
export type FixtureFiles = Readonly<Record<string, string | undefined>>

/** Writes files into a new temporary folder, calls `use` with it, and removes it. */
export const withFiles = <T>(files: FixtureFiles, use: (root: string) => T): T => {
  const root = mkdtempSync(join(tmpdir(), 'holdfast-fixture-'))
  const remove = (): void => rmSync(root, { recursive: true, force: true })
  try {
    for (const [path, text] of Object.entries(files)) {
      if (text === undefined) continue
      mkdirSync(dirname(join(root, path)), { recursive: true })
      writeFileSync(join(root, path), text)
    }
    const result = use(root)
    if (!(result instanceof Promise)) remove()
    // The caller gets its own promise back; only the clean-up is chained behind it.
    else void result.then(remove, remove)
    return result
  } catch (error) {
    remove()
    throw error
  }
}

/** A manifest that breaks no rule, with these fields instead of its own. */
export const fixtureManifest = (folder: string, fields: Readonly<Record<string, unknown>> = {}): string =>
  JSON.stringify({
    name: `@holdfast/${folder}`,
    version: '0.1.0',
    description: 'A package that exists to be checked',
    license: 'Apache-2.0',
    type: 'module',
    engines: { node: '^22.22.0 || ^24.11.0 || >=26' },
    repository: { type: 'git', directory: `packages/${folder}` },
    sideEffects: false,
    files: ['dist'],
    scripts: { build: 'tsup' },
    exports: { '.': './src/index.ts' },
    publishConfig: { exports: { '.': { types: './dist/index.d.ts', default: './dist/index.js' } } },
    dependencies: folder === 'contracts' ? undefined : { '@holdfast/contracts': 'workspace:^' },
    devDependencies: { '@holdfast/testkit': 'workspace:*', vitest: '5.1.0' },
    ...fields,
  })

/** A README that breaks no rule. */
export const fixtureReadme = (folder: string): string =>
  [
    `# @holdfast/${folder}`,
    '',
    'Keeps something where it can be found again.',
    '',
    ...['Install', 'Example', 'Options', 'Capabilities', 'Errors', 'Permissions', 'What is proven', 'Limits'].flatMap(
      (title) => [`## ${title}`, '', 'Text.', '', 'More text.', ''],
    ),
  ].join('\n')

const contractsExports = Object.fromEntries(
  ['.', './credentials', './cache'].map((key) => [
    key,
    key === '.' ? './src/index.ts' : `./src${key.slice(1)}/index.ts`,
  ]),
)
const contractsPublished = Object.fromEntries(
  Object.entries(contractsExports).map(([key, source]) => {
    const stem = source.replace('./src', './dist').replace('.ts', '')
    return [key, { types: `${stem}.d.ts`, default: `${stem}.js` }]
  }),
)

/** A small repository that breaks no rule: contracts, one driver, and the documents around them. */
export const fixtureRepository: FixtureFiles = {
  LICENSE: 'Apache License',
  'package.json': JSON.stringify({ scripts: { check: 'node scripts/check.ts', test: 'node scripts/test.ts' } }),
  'README.md': '# Holdfast\n\nSee [the decision](docs/decisions/0001-one-thing.md#context).\n',
  'docs/decisions/0001-one-thing.md': '# 1. One thing\n\n## Context\n\nc\n\n## Decision\n\nd\n\n## Consequences\n\ne\n',
  '.github/workflows/ci.yml':
    'jobs:\n  check:\n    steps:\n      - uses: actions/checkout@0123456789012345678901234567890123456789\n      - run: npm run check\n',
  'scripts/check-packages/reveal-call-sites.json': '[]',
  'packages/contracts/package.json': fixtureManifest('contracts', {
    exports: contractsExports,
    publishConfig: { exports: contractsPublished },
  }),
  'packages/contracts/README.md': fixtureReadme('contracts'),
  'packages/contracts/src/index.ts': "export { one } from './one.ts'\n",
  'packages/contracts/src/one.ts': 'export const one = 1\n',
  'packages/contracts/src/one.test.ts': "import { it } from 'vitest'\nit('works', () => {})\n",
  'packages/contracts/src/credentials/index.ts': "export { one } from '../one.ts'\n",
  'packages/contracts/src/cache/index.ts': "export { one } from '../one.ts'\n",
  'packages/storage-acme/package.json': fixtureManifest('storage-acme'),
  'packages/storage-acme/README.md': fixtureReadme('storage-acme'),
  'packages/storage-acme/src/index.ts': "export { acmeStorage } from './acme-storage.ts'\n",
  'packages/storage-acme/src/acme-storage.ts':
    "import { one } from '@holdfast/contracts'\n\nexport const acmeStorage = one\n",
  'packages/storage-acme/src/acme-storage.test.ts':
    "import '@holdfast/testkit'\nimport { it } from 'vitest'\nit('works', () => {})\n",
}
