// npm run new-package -- storage-acme --description "Credential storage in Acme": a package that passes every check.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { loadWorkspace } from './check-packages/workspace.ts'
import { includeRegions } from './documents/include-regions.ts'
import { fillPackageTable } from './documents/package-table.ts'
import { packageFiles } from './new-package/package-files.ts'
import { packageNames } from './new-package/package-names.ts'
import { repositoryRoot } from './repository-root.ts'

const { values, positionals } = parseArgs({
  options: { description: { type: 'string' }, root: { type: 'string', default: repositoryRoot } },
  allowPositionals: true,
})
const [folder] = positionals
const description = values.description?.trim().replace(/\.$/, '') ?? ''

const fail = (message: string): never => {
  console.error(
    `${message}\nUsage: npm run new-package -- <group>-<product> --description "What it does for the caller"`,
  )
  process.exit(2)
}
if (folder === undefined) fail('Which package?')
if (description.length < 20) fail('The description is what people read on npm: one sentence of at least 20 characters.')
if (existsSync(join(values.root, 'packages', String(folder)))) fail(`packages/${folder} exists already.`)

const readJson = (path: string): Record<string, Record<string, string>> =>
  JSON.parse(readFileSync(join(values.root, path), 'utf8'))

const manifests = loadWorkspace(values.root).packages.map(({ manifest }) => manifest)
const versions = {
  zod: manifests.find(({ dependencies }) => dependencies?.zod)?.dependencies?.zod ?? '^4.0.0',
  vitest: readJson('package.json').devDependencies?.vitest ?? '*',
  node: readJson('package.json').engines?.node ?? '*',
}

const names = packageNames(String(folder))
for (const [path, text] of Object.entries(packageFiles(names, description, versions))) {
  mkdirSync(dirname(join(values.root, path)), { recursive: true })
  writeFileSync(join(values.root, path), path.endsWith('README.md') ? includeRegions(values.root, text).text : text)
}
// Again, now that the example is there to be included.
const readme = join(values.root, 'packages', names.folder, 'README.md')
writeFileSync(readme, includeRegions(values.root, readFileSync(readme, 'utf8')).text)

const examples = readJson('apps/examples/package.json')
const dependencies = { ...examples.dependencies, [names.package]: 'workspace:*' }
const sorted = Object.fromEntries(Object.entries(dependencies).sort(([a], [b]) => (a < b ? -1 : 1)))
writeFileSync(
  join(values.root, 'apps/examples/package.json'),
  `${JSON.stringify({ ...examples, dependencies: sorted }, undefined, 2)}\n`,
)

const rootReadme = join(values.root, 'README.md')
const table = fillPackageTable(readFileSync(rootReadme, 'utf8'), loadWorkspace(values.root).packages)
if (table !== undefined) writeFileSync(rootReadme, table)

console.log(`packages/${names.folder} is there, with its example apps/examples/src/${names.file}.ts. Next:

  node scripts/bootstrap.mjs pnpm install --no-frozen-lockfile    links it and writes the lockfile
  npm test -- --project ${names.folder}
  npm run check`)
