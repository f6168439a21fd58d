import { describe, expect, it } from 'vitest'
import { type FixtureFiles, fixtureManifest, fixtureReadme, fixtureRepository, withFiles } from './fixture-workspace.ts'
import type { Violation } from './rule.ts'
import { rules } from './rules.ts'
import { loadWorkspace } from './workspace.ts'

const acme = 'packages/storage-acme'
const source = `${acme}/src/acme-storage.ts`

const acmeManifest = (fields: Readonly<Record<string, unknown>>): FixtureFiles => ({
  [`${acme}/package.json`]: fixtureManifest('storage-acme', fields),
})
const acmeSource = (text: string): FixtureFiles => ({ [source]: `${text}\nexport const acmeStorage = 1\n` })

/** A package with an optional peer and a subpath for those who have it. */
const subpathManifest = acmeManifest({
  exports: { '.': './src/index.ts', './extra': './src/extra.ts' },
  publishConfig: {
    exports: {
      '.': { types: './dist/index.d.ts', default: './dist/index.js' },
      './extra': { types: './dist/extra.d.ts', default: './dist/extra.js' },
    },
  },
  peerDependencies: { zod: '4.0.0' },
  peerDependenciesMeta: { zod: { optional: true } },
})

/** Planted words are kept apart here, so that this file keeps the rules it tests. */
const split = (text: string): string => text.replace('|', '')

interface Planted {
  readonly rule: string
  readonly what: string
  readonly files: FixtureFiles
  /** The file that must be named, and a part of the message. */
  readonly expected: readonly [path: string, message: string]
}

const planted: readonly Planted[] = [
  {
    rule: 'runtime-dependencies',
    what: 'a driver that depends on another package',
    files: acmeManifest({ dependencies: { '@holdfast/contracts': 'workspace:^', '@holdfast/cache': 'workspace:^' } }),
    expected: [`${acme}/package.json`, 'depends on @holdfast/cache'],
  },
  {
    rule: 'runtime-dependencies',
    what: 'testkit as a dependency of the published command',
    files: {
      'packages/cli/package.json': fixtureManifest('cli', { dependencies: { '@holdfast/testkit': 'workspace:^' } }),
    },
    expected: ['packages/cli/package.json', 'depends on @holdfast/testkit'],
  },
  {
    rule: 'runtime-dependencies',
    what: 'a range that would pin the exact version',
    files: acmeManifest({ dependencies: { '@holdfast/contracts': 'workspace:*' } }),
    expected: [`${acme}/package.json`, 'must be "workspace:^"'],
  },
  {
    rule: 'imports-match-manifest',
    what: 'a development dependency imported by source',
    files: acmeSource("import { it } from 'vitest'"),
    expected: [source, 'only a devDependency'],
  },
  {
    rule: 'imports-match-manifest',
    what: 'a package that no manifest names, loaded dynamically',
    files: acmeSource("void import('left-pad/index.js')"),
    expected: [source, 'imports left-pad'],
  },
  {
    rule: 'imports-match-manifest',
    what: 'an optional peer imported statically',
    files: {
      ...acmeManifest({
        peerDependencies: { zod: '4.0.0' },
        peerDependenciesMeta: { zod: { optional: true } },
      }),
      ...acmeSource("import { type z } from 'zod'"),
    },
    expected: [source, 'optional peer zod statically'],
  },
  {
    rule: 'imports-match-manifest',
    what: 'an optional peer of a subpath that the main entry reaches too',
    files: {
      ...subpathManifest,
      ...acmeSource("import { z } from 'zod'\nexport const schema = z"),
      [`${acme}/src/extra.ts`]: "export { schema } from './storage-acme.ts'\n",
    },
    expected: [source, 'optional peer zod statically'],
  },
  {
    rule: 'imports-match-manifest',
    what: 'an undeclared package in a test',
    files: { [`${acme}/test/real.integration.test.ts`]: "import 'left-pad'\n" },
    expected: [`${acme}/test/real.integration.test.ts`, 'imports left-pad'],
  },
  {
    rule: 'flat-layout',
    what: 'a folder that is not the npm name',
    files: acmeManifest({ name: '@holdfast/acme' }),
    expected: [`${acme}/package.json`, 'is called @holdfast/acme'],
  },
  {
    rule: 'flat-layout',
    what: 'a package inside a package',
    files: { [`${acme}/src/inner/package.json`]: '{}' },
    expected: [`${acme}/src/inner/package.json`, 'inside a package'],
  },
  {
    rule: 'flat-layout',
    what: 'an entry that packages do not have',
    files: { [`${acme}/lib/index.ts`]: '' },
    expected: [`${acme}/lib`, 'does not belong here'],
  },
  {
    rule: 'flat-layout',
    what: 'a folder without a manifest',
    files: { 'packages/empty/README.md': 'x' },
    expected: ['packages/empty', 'no package.json'],
  },
  ...['type', 'license', 'engines', 'description', 'repository', 'sideEffects', 'files', 'scripts'].map(
    (field): Planted => ({
      rule: 'required-fields',
      what: `a manifest without ${field}`,
      files: acmeManifest({ [field]: undefined }),
      expected: [`${acme}/package.json`, `"${field}`],
    }),
  ),
  {
    rule: 'published-exports',
    what: 'a subpath that is not published',
    files: acmeManifest({ exports: { '.': './src/index.ts', './extra': './src/acme-storage.ts' } }),
    expected: [`${acme}/package.json`, 'publishConfig.exports lacks "./extra"'],
  },
  {
    rule: 'published-exports',
    what: 'a published target of another file',
    files: acmeManifest({
      publishConfig: { exports: { '.': { types: './dist/index.d.ts', default: './dist/other.js' } } },
    }),
    expected: [`${acme}/package.json`, 'publishConfig.exports["."] must be'],
  },
  {
    rule: 'published-exports',
    what: 'a source that does not exist',
    files: acmeManifest({
      exports: { '.': './src/gone.ts' },
      publishConfig: { exports: { '.': { types: './dist/gone.d.ts', default: './dist/gone.js' } } },
    }),
    expected: [`${acme}/package.json`, './src/gone.ts, which does not exist'],
  },
  {
    rule: 'published-exports',
    what: 'a command that is not published',
    files: acmeManifest({ bin: { acme: './src/acme-storage.ts' } }),
    expected: [`${acme}/package.json`, 'publishConfig.bin["acme"]'],
  },
  {
    rule: 'index-is-a-table',
    what: 'export *',
    files: { [`${acme}/src/index.ts`]: "export * from './acme-storage.ts'\n" },
    expected: [`${acme}/src/index.ts`, 'uses `export *`'],
  },
  {
    rule: 'index-is-a-table',
    what: 'logic',
    files: { [`${acme}/src/index.ts`]: "export { acmeStorage } from './acme-storage.ts'\nexport const two = 2\n" },
    expected: [`${acme}/src/index.ts`, 'more than named re-exports'],
  },
  {
    rule: 'index-is-a-table',
    what: 'nothing',
    files: { [`${acme}/src/index.ts`]: 'export {}\n' },
    expected: [`${acme}/src/index.ts`, 'exports nothing'],
  },
  ...(
    [
      ['a default export', 'export default 1'],
      ['a default export', 'export default function f() {}'],
      ['a default export', 'const a = 1\nexport { a as default }'],
      ['an enum', 'export enum Colour { Red }'],
      ['a namespace', 'namespace Inner { export const a = 1 }'],
      ['a parameter property', 'export class A { constructor(private readonly a: string) {} }'],
      ['`using`', 'const f = () => { using a = open() }'],
      ['`using`', 'const f = async () => { await using a = open() }'],
      ['`any`', 'export const a: any = 1'],
      ['a non-null assertion', 'export const a = b!'],
      ['@ts-expect-error', '// @ts-expect-error\nexport const a: string = 1'],
    ] as const
  ).map(
    ([what, text]): Planted => ({ rule: 'language-subset', what, files: acmeSource(text), expected: [source, what] }),
  ),
  {
    rule: 'meaningful-names',
    what: 'a file called helpers',
    files: { [`${acme}/src/string-helpers.ts`]: '' },
    expected: [`${acme}/src/string-helpers.ts`, 'says nothing'],
  },
  {
    rule: 'meaningful-names',
    what: 'a folder called utils',
    files: { [`${acme}/src/utils/clock.ts`]: '' },
    expected: [`${acme}/src/utils`, 'says nothing'],
  },
  {
    rule: 'source-length',
    what: '401 lines',
    files: { [source]: '// line\n'.repeat(401) },
    expected: [source, 'has 401 lines'],
  },
  {
    rule: 'contracts-dependencies',
    what: 'a dependency of contracts',
    files: { 'packages/contracts/package.json': fixtureManifest('contracts', { dependencies: { zod: '4.0.0' } }) },
    expected: ['packages/contracts/package.json', 'dependencies holds zod'],
  },
  {
    rule: 'browser-reachable',
    what: 'a Node module two imports away',
    files: {
      'packages/contracts/src/one.ts': "export { two } from './two.ts'\nexport const one = 1\n",
      'packages/contracts/src/two.ts': "import { join } from 'node:path'\nexport const two = join\n",
    },
    expected: ['packages/contracts/src/two.ts', 'imports node:path'],
  },
  {
    rule: 'environment-access',
    what: 'process.env in a plain function',
    files: acmeSource('export const read = () => process.env.ACME'),
    expected: [source, 'process.env outside'],
  },
  {
    rule: 'environment-access',
    what: 'env imported from node:process',
    files: acmeSource("import { env as environment } from 'node:process'"),
    expected: [source, 'process.env outside'],
  },
  {
    rule: 'reveal-call-sites',
    what: 'a call that is not listed',
    files: acmeSource('export const open = (secret) => secret.reveal()'),
    expected: [source, 'allows 0'],
  },
  {
    rule: 'reveal-call-sites',
    what: 'a second call where one is listed',
    files: {
      ...acmeSource('export const open = (a, b) => a.reveal() + b.reveal()'),
      'scripts/check-packages/reveal-call-sites.json': JSON.stringify([
        { file: source, calls: 1, why: 'the backend is sent the value' },
      ]),
    },
    expected: [source, '2 times'],
  },
  {
    rule: 'reveal-call-sites',
    what: 'a listed call that is gone',
    files: {
      'scripts/check-packages/reveal-call-sites.json': JSON.stringify([
        { file: source, calls: 1, why: 'the backend is sent the value' },
      ]),
    },
    expected: ['scripts/check-packages/reveal-call-sites.json', 'lower the number'],
  },
  {
    rule: 'readme-sections',
    what: 'no README',
    files: { [`${acme}/README.md`]: undefined },
    expected: [acme, 'no README.md'],
  },
  {
    rule: 'readme-sections',
    what: 'a section out of order',
    files: {
      [`${acme}/README.md`]: fixtureReadme('storage-acme')
        .replace('## Errors', '## Swap')
        .replace('## Options', '## Errors')
        .replace('## Swap', '## Options'),
    },
    expected: [`${acme}/README.md`, 'lacks "## Capabilities"'],
  },
  {
    rule: 'readme-sections',
    what: '91 lines',
    files: { [`${acme}/README.md`]: `${fixtureReadme('storage-acme').trimEnd()}${'\nmore'.repeat(40)}` },
    expected: [`${acme}/README.md`, 'lines; 40 to 90'],
  },
  {
    rule: 'has-tests',
    what: 'a package without a test',
    files: { [`${acme}/src/acme-storage.test.ts`]: undefined },
    expected: [acme, 'no *.test.ts'],
  },
  {
    rule: 'explained-assertions',
    what: 'an assertion without a reason',
    files: acmeSource('// Explains the import, not the assertion.\nexport const a = 1\nexport const b = a as number'),
    expected: [source, '`as number`'],
  },
  {
    rule: 'explained-assertions',
    what: 'an assertion far below a comment',
    files: acmeSource(`// A function.\nexport const f = () => {\n${'  count()\\n'.repeat(3)}  return a as number\n}`),
    expected: [source, '`as number`'],
  },
  {
    rule: 'finished-work',
    what: 'a mark in a comment',
    files: acmeSource(`// ${split('FIX|ME')}: later`),
    expected: [source, split('marked FIX|ME')],
  },
  ...['it.only', 'describe.skip', 'test.todo', 'it.fails'].map(
    (call): Planted => ({
      rule: 'running-tests',
      what: call,
      files: { [`${acme}/test/muted.test.ts`]: `${call}('works', () => {})\n` },
      expected: [`${acme}/test/muted.test.ts`, call],
    }),
  ),
  {
    rule: 'running-tests',
    what: 'a skip without its reason',
    files: { [`${acme}/test/muted.test.ts`]: "it('works', (context) => context.skip())\n" },
    expected: [`${acme}/test/muted.test.ts`, 'context.skip'],
  },
  ...['see /ro|ot/notes.md', 'from registry.np|mjs.org', 'as the previous ses|sion found', 'fixes iss|ue 7']
    .map(split)
    .map(
      (text): Planted => ({
        rule: 'project-words',
        what: text,
        files: { 'docs/notes.md': `# Notes\n\n${text}\n` },
        expected: ['docs/notes.md', 'speaks of'],
      }),
    ),
  {
    rule: 'license-reachable',
    what: 'no licence anywhere',
    files: { LICENSE: undefined },
    expected: [acme, 'without a LICENSE'],
  },
  {
    rule: 'decision-records',
    what: 'a record without a number',
    files: { 'docs/decisions/one-thing.md': '# One\n' },
    expected: ['docs/decisions/one-thing.md', 'must be called NNNN'],
  },
  {
    rule: 'decision-records',
    what: 'a record without its price',
    files: { 'docs/decisions/0002-two.md': '# 2. Two\n\n## Context\n\n## Decision\n' },
    expected: ['docs/decisions/0002-two.md', 'lacks a paragraph "**Consequences'],
  },
  {
    rule: 'decision-records',
    what: 'a number taken twice',
    files: { 'docs/decisions/0001-other.md': '# 1. Other\n\n## Context\n\n## Decision\n\n## Consequences\n' },
    expected: ['docs/decisions/0001-other.md', 'has the number of'],
  },
  {
    rule: 'documentation-links',
    what: 'a link to nothing',
    files: { 'docs/notes.md': 'See [more](more.md).\n' },
    expected: ['docs/notes.md', 'more.md, which does not exist'],
  },
  {
    rule: 'documentation-links',
    what: 'a link to a heading that is not there',
    files: { 'docs/notes.md': 'See [more](../README.md#gone).\n' },
    expected: ['docs/notes.md', 'no such heading'],
  },
  {
    rule: 'mutants-apply',
    what: 'a breakage of a line that is gone',
    files: {
      [`${acme}/test/mutants.json`]: JSON.stringify([
        {
          name: 'gone',
          file: source,
          find: 'gone',
          replace: '',
          test: `${acme}/src/acme-storage.test.ts`,
          title: 'works',
        },
      ]),
    },
    expected: [source, '0 times'],
  },
  {
    rule: 'workflow-commands',
    what: 'a command that the root does not have',
    files: { '.github/workflows/ci.yml': 'jobs:\n  a:\n    steps:\n      - run: npm run gone\n' },
    expected: ['.github/workflows/ci.yml', 'npm run gone'],
  },
  {
    rule: 'workflow-commands',
    what: 'an action named by tag',
    files: { '.github/workflows/ci.yml': 'jobs:\n  a:\n    steps:\n      - uses: actions/checkout@v5\n' },
    expected: ['.github/workflows/ci.yml', 'pin it'],
  },
]

const violationsOf = (files: FixtureFiles, rule?: string): readonly Violation[] =>
  withFiles(files, (root) => {
    const workspace = loadWorkspace(root)
    return rules.filter(({ name }) => rule === undefined || name === rule).flatMap((each) => [...each.check(workspace)])
  })

describe('the rules', () => {
  it('find nothing in a repository that keeps them', () => {
    expect(violationsOf(fixtureRepository)).toEqual([])
  })

  it('each have a planted violation', () => {
    const covered = new Set(planted.map(({ rule }) => rule))
    expect(rules.map(({ name }) => name).filter((name) => !covered.has(name))).toEqual([])
  })

  it.each(planted)('$rule finds $what', ({ rule, files, expected: [path, message] }) => {
    const found = violationsOf({ ...fixtureRepository, ...files }, rule)
    expect(found.filter((violation) => violation.path === path && violation.message.includes(message))).not.toEqual([])
  })
})

describe('what the rules allow', () => {
  it('an optional peer imported statically in a subpath that the main entry does not reach', () => {
    const files = {
      ...subpathManifest,
      [`${acme}/src/extra.ts`]: "export { schema } from './inside.ts'\n",
      [`${acme}/src/inside.ts`]: "import { z } from 'zod'\nexport const schema = z\n",
    }
    expect(violationsOf({ ...fixtureRepository, ...files })).toEqual([])
  })

  it.each([
    ['an environment reader by its name', 'export const acmeFromEnvironment = () => process.env.ACME'],
    ['as const, and widening to unknown', "export const a = ['x'] as const\nexport const b = a as unknown"],
    ['an assertion explained above', '// Proven: it was parsed as a number.\nexport const a = b as number'],
    ['an assertion explained beside', 'export const a = b as number // it was parsed'],
    ['an assertion explained inside its statement', 'export const a = f(\n  // proven by f\n  b as number,\n)'],
    ['a type import of an optional peer', "import type { z } from 'zod'"],
    [
      'an assertion explained above the short block around it',
      'export const f = () => {\n  // Proven: a is text.\n  if (a) {\n    count()\n    return a as string\n  }\n}',
    ],
  ])('%s', (_what, text) => {
    const files = {
      ...acmeManifest({ peerDependencies: { zod: '4' }, peerDependenciesMeta: { zod: { optional: true } } }),
      ...acmeSource(text),
    }
    expect(
      violationsOf({
        ...fixtureRepository,
        ...files,
        [`${acme}/src/index.ts`]: fixtureRepository[`${acme}/src/index.ts`],
      }),
    ).toEqual([])
  })
})
