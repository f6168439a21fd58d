import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { fixtureRepository, withFiles } from './check-packages/fixture-workspace.ts'
import { rules } from './check-packages/rules.ts'
import type { Report } from './report.ts'
import { repositoryRoot } from './repository-root.ts'
import { runCommand } from './run-command.ts'

it('runs every step to its end, names what it found, and fails', async () => {
  const planted = { ...fixtureRepository, 'packages/storage-acme/src/index.ts': "export * from './acme-storage.ts'\n" }
  await withFiles(planted, async (root) => {
    const script = join(repositoryRoot, 'scripts/check.ts')
    const { exitCode, output } = await runCommand('node', [script, '--root', root], { directory: root })
    expect(exitCode).toBe(1)
    expect(output).toContain('packages/storage-acme/src/index.ts:1 uses `export *`')
    const report: Report = JSON.parse(readFileSync(join(root, 'reports/check.json'), 'utf8'))
    const rulesRun = report.items.filter(({ name }) => name.startsWith('rule '))
    expect(rulesRun.map(({ name }) => name)).toEqual(rules.map(({ name }) => `rule ${name}`))
    expect(rulesRun.filter(({ outcome }) => outcome === 'failed').map(({ name }) => name)).toEqual([
      'rule index-is-a-table',
    ])
    expect(report.items.slice(0, -rules.length).map(({ name }) => name)).toEqual([
      'format and lint',
      'types',
      'unused code',
      'code in documents',
      'table of packages',
      'coverage of the specifications',
    ])
  })
})
