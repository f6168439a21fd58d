import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { withFiles } from './check-packages/fixture-workspace.ts'
import type { Report } from './report.ts'
import { repositoryRoot } from './repository-root.ts'
import { runCommand } from './run-command.ts'

const files = {
  'package.json': '{"type":"module"}',
  'apps/examples/src/good.ts':
    "import assert from 'node:assert'\nassert.equal(process.cwd(), process.env.HOLDFAST_CWD)\nassert.equal(process.env.HOLDFAST_STORE, undefined)\n",
  'apps/examples/src/wrong.ts': "import assert from 'node:assert'\nassert.equal(1, 2)\n",
  'apps/examples/src/good.test.ts': "throw new Error('tests are not examples')\n",
}

it('runs every example in a folder of its own and fails when one does', async () => {
  await withFiles(files, async (root) => {
    const { exitCode, output } = await runCommand(
      'node',
      [join(repositoryRoot, 'scripts/run-examples.ts'), '--root', root],
      { directory: root, environment: { HOLDFAST_STORE: 'memory:' } },
    )
    expect(exitCode).toBe(1)
    expect(output).toContain('ERR_ASSERTION')
    const { items }: Report = JSON.parse(readFileSync(join(root, 'reports/examples.json'), 'utf8'))
    expect(items.map(({ name, outcome }) => [name, outcome])).toEqual([
      ['good.ts', 'passed'],
      ['wrong.ts', 'failed'],
    ])
  })
})

it('fails when there is nothing to run', async () => {
  await withFiles({ 'apps/examples/src/other.txt': '' }, async (root) => {
    const parameters = [join(repositoryRoot, 'scripts/run-examples.ts'), '--root', root]
    expect(await runCommand('node', parameters, { directory: root })).toMatchObject({ exitCode: 1 })
  })
})
