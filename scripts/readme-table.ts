// Writes the table of packages in the root README from their manifests; with --check only says whether it is out of date.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { loadWorkspace } from './check-packages/workspace.ts'
import { fillPackageTable } from './documents/package-table.ts'
import { repositoryRoot } from './repository-root.ts'

const { values } = parseArgs({
  options: { check: { type: 'boolean', default: false }, root: { type: 'string', default: repositoryRoot } },
})

const path = join(values.root, 'README.md')
const before = readFileSync(path, 'utf8')
const after = fillPackageTable(before, loadWorkspace(values.root).packages)
if (after === undefined) {
  console.error('README.md has no place for the table of packages: <!-- packages --> … <!-- /packages -->')
  process.exitCode = 1
} else if (after !== before) {
  if (values.check) {
    console.error('README.md has a table of packages that is out of date: npm run docs')
    process.exitCode = 1
  } else {
    writeFileSync(path, after)
    console.log('README.md filled')
  }
}
