import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import ts from 'typescript'
import type { Manifest } from './manifest.ts'

/** A text file of the repository. */
export interface TextFile {
  /** From the repository root, with forward slashes. */
  readonly path: string
  readonly text: string
  /** The syntax tree; only meaningful for TypeScript files, parsed once on first use. */
  readonly tree: ts.SourceFile
}

/** One folder of `packages` or `apps` with its manifest. */
export interface WorkspacePackage {
  /** `packages/cache`. */
  readonly path: string
  /** `cache`. */
  readonly folder: string
  readonly group: 'packages' | 'apps'
  readonly manifest: Manifest
  /** Not private: somebody may install it. */
  readonly published: boolean
  /** Text files inside the folder. */
  readonly files: readonly TextFile[]
  /** TypeScript under `src` that is shipped: no tests. */
  readonly sources: readonly TextFile[]
  /** TypeScript that runs tests, beside the source or under `test`. */
  readonly tests: readonly TextFile[]
}

/** Everything the rules look at, read once. */
export interface Workspace {
  readonly root: string
  readonly files: readonly TextFile[]
  readonly packages: readonly WorkspacePackage[]
  /** Whether a file or folder exists, by its path from the root. */
  exists(path: string): boolean
}

// What tools write and Git ignores; reading it would be slow and would report other people's text.
const ignoredFolders = new Set(
  'node_modules .git .tools .turbo dist coverage reports .holdfast vectors .idea .vscode'.split(' '),
)
const textFile = /(\.(ts|mts|mjs|js|json|md|ya?ml|sh|env|py|txt)|\/(run|LICENSE|\.editorconfig|\.gitignore))$/
const generated = /(^|\/)(pnpm-lock\.yaml|package-lock\.json)$/

/** Reads the repository at `root`: its text files, and its packages and apps with their manifests. */
export const loadWorkspace = (root: string): Workspace => {
  const files = [...walk(root, root)].sort((a, b) => (a.path < b.path ? -1 : 1))
  const groups = ['packages', 'apps'] as const
  const packages = groups.flatMap((group) => {
    if (!existsSync(join(root, group))) return []
    return readdirSync(join(root, group), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => loadPackage(root, group, entry.name, files))
  })
  return { root, files, packages, exists: (path) => existsSync(join(root, path)) }
}

const loadPackage = (
  root: string,
  group: 'packages' | 'apps',
  folder: string,
  all: readonly TextFile[],
): WorkspacePackage => {
  const path = `${group}/${folder}`
  const manifestFile = join(root, path, 'package.json')
  const manifest: Manifest = existsSync(manifestFile) ? JSON.parse(readFileSync(manifestFile, 'utf8')) : {}
  const files = all.filter((file) => file.path.startsWith(`${path}/`))
  const scripts = files.filter((file) => file.path.endsWith('.ts'))
  const isTest = (file: TextFile): boolean =>
    /\.test(-d)?\.ts$/.test(file.path) || file.path.startsWith(`${path}/test/`)
  return {
    path,
    folder,
    group,
    manifest,
    published: group === 'packages' && manifest.private !== true,
    files,
    sources: scripts.filter((file) => file.path.startsWith(`${path}/src/`) && !isTest(file)),
    tests: scripts.filter(isTest),
  }
}

const walk = function* (root: string, folder: string): Generator<TextFile> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const full = join(folder, entry.name)
    if (entry.isDirectory()) {
      if (!ignoredFolders.has(entry.name)) yield* walk(root, full)
      continue
    }
    const path = relative(root, full).replaceAll('\\', '/')
    if (entry.isFile() && textFile.test(`/${path}`) && !generated.test(path)) yield textFileAt(path, full)
  }
}

const textFileAt = (path: string, full: string): TextFile => {
  const text = readFileSync(full, 'utf8')
  let tree: ts.SourceFile | undefined
  return {
    path,
    text,
    get tree() {
      tree ??= ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true)
      return tree
    },
  }
}
