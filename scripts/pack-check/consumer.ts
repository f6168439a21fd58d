import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Manifest } from '../check-packages/manifest.ts'

/** A packed package: its manifest as in the workspace, and where its tarball lies. */
export interface PackedPackage {
  readonly manifest: Manifest
  readonly tarball: string
}

/** An application outside the workspace that has every package from its tarball and nothing of ours from a registry. */
export interface Consumer {
  readonly root: string
  /** Imports the main entry of every package; what is optional is not installed yet. */
  readonly mainEntries: string
  /** What is to be installed before the programs: optional peers, and what the examples use of others. */
  readonly additions: readonly string[]
  /** Programs of the application, each run by itself. */
  readonly programs: readonly string[]
}

// Imported by running them under vitest only; everything else must load in a bare Node.
const onlyUnderVitest = new Set(['@holdfast/testkit/vitest-setup'])

/** Writes the consumer's manifest, its programs and the examples it type-checks into `root`. */
export const writeConsumer = (
  root: string,
  repository: string,
  packages: readonly PackedPackage[],
  typescriptVersions: Readonly<Record<string, string>>,
): Consumer => {
  mkdirSync(join(root, 'src'), { recursive: true })
  const local = Object.fromEntries(packages.map(({ manifest, tarball }) => [String(manifest.name), `file:${tarball}`]))
  // Overrides make sure that a package asked for by another one is also the tarball.
  const overrides = Object.fromEntries(Object.keys(local).map((name) => [name, `$${name}`]))
  writeJson(join(root, 'package.json'), {
    name: 'consumer',
    private: true,
    type: 'module',
    dependencies: local,
    devDependencies: typescriptVersions,
    overrides,
  })
  writeJson(join(root, 'tsconfig.json'), {
    compilerOptions: {
      target: 'ES2024',
      lib: ['ES2024', 'ESNext.Disposable'],
      module: 'NodeNext',
      moduleResolution: 'NodeNext',
      types: ['node'],
      strict: true,
      exactOptionalPropertyTypes: true,
      noEmit: true,
      allowImportingTsExtensions: true,
      skipLibCheck: false,
    },
    include: ['src'],
  })
  const everything = packages.flatMap(({ manifest }) =>
    Object.keys(manifest.exports ?? {}).map((key) => String(manifest.name) + key.slice(1)),
  )
  const main = packages.map(({ manifest }) => String(manifest.name))
  writeFileSync(join(root, 'src/import-main-entries.ts'), importAll(main))
  writeFileSync(join(root, 'src/import-everything.ts'), importAll(everything))
  return {
    root,
    mainEntries: 'src/import-main-entries.ts',
    additions: additionsOf(repository, packages),
    programs: ['src/import-everything.ts', ...copyExamples(root, repository, Object.keys(local))],
  }
}

/** Optional peers of the packages and dependencies of the examples, in the versions that are tested here. */
const additionsOf = (repository: string, packages: readonly PackedPackage[]): readonly string[] => {
  const examples: Manifest = JSON.parse(readFileSync(join(repository, 'apps/examples/package.json'), 'utf8'))
  const versions = new Map(Object.entries(examples.dependencies ?? {}))
  for (const { manifest } of packages) {
    for (const [name, { optional }] of Object.entries(manifest.peerDependenciesMeta ?? {})) {
      const version = manifest.devDependencies?.[name] ?? manifest.peerDependencies?.[name]
      if (optional === true && version !== undefined) versions.set(name, version)
    }
  }
  return [...versions].filter(([name]) => !name.startsWith('@holdfast/')).map(([name, version]) => `${name}@${version}`)
}

const writeJson = (path: string, value: unknown): void =>
  writeFileSync(path, `${JSON.stringify(value, undefined, 2)}\n`)

const importAll = (specifiers: readonly string[]): string => {
  const loaded = specifiers.filter((specifier) => !onlyUnderVitest.has(specifier))
  return [
    ...loaded.map((specifier, index) => `import * as module${index} from '${specifier}'`),
    '',
    'const modules = {',
    ...loaded.map((specifier, index) => `  '${specifier}': Object.keys(module${index}).length,`),
    '}',
    'for (const [name, exported] of Object.entries(modules)) {',
    "  if (exported === 0) throw new Error(name + ' exports nothing')",
    '}',
    "console.log(Object.keys(modules).length + ' modules loaded')",
    '',
  ].join('\n')
}

/** The examples are programs of a user: those that need nothing but the packed packages are taken as they are. */
const copyExamples = (root: string, repository: string, available: readonly string[]): readonly string[] => {
  const from = join(repository, 'apps/examples')
  cpSync(join(from, 'data'), join(root, 'data'), { recursive: true })
  return readdirSync(join(from, 'src'))
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts') && name !== 'start.ts')
    .filter((name) => {
      const wanted = [
        ...readFileSync(join(from, 'src', name), 'utf8').matchAll(/(?:from |import\()'(@holdfast\/[\w-]+|\.[^']*)/g),
      ]
      return wanted.every(([, specifier = '']) => available.includes(specifier))
    })
    .map((name) => {
      cpSync(join(from, 'src', name), join(root, 'src', name))
      return `src/${name}`
    })
}
