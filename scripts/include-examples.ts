// Fills the code blocks of READMEs and docs from runnable files; with --check only says what is out of date.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { loadWorkspace } from './check-packages/workspace.ts'
import { includeRegions } from './documents/include-regions.ts'
import { repositoryRoot } from './repository-root.ts'

const { values } = parseArgs({
  options: { check: { type: 'boolean', default: false }, root: { type: 'string', default: repositoryRoot } },
})

for (const file of loadWorkspace(values.root).files) {
  if (!file.path.endsWith('.md')) continue
  const { text, problems } = includeRegions(values.root, file.text)
  for (const problem of problems) {
    console.error(`${file.path} ${problem}`)
    process.exitCode = 1
  }
  if (text === file.text) continue
  if (values.check) {
    console.error(`${file.path} shows code that is out of date: npm run docs`)
    process.exitCode = 1
  } else {
    writeFileSync(join(values.root, file.path), text)
    console.log(`${file.path} filled`)
  }
}
