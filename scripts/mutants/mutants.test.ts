import { mkdirSync, readFileSync, realpathSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { withFiles } from '../check-packages/fixture-workspace.ts'
import type { Report } from '../report.ts'
import { repositoryRoot } from '../repository-root.ts'
import { runCommand } from '../run-command.ts'
import type { Mutant } from './mutant.ts'

const mutant = (fields: Partial<Mutant>): Mutant => ({
  name: 'noticed',
  file: 'packages/sum/src/sum.ts',
  find: 'a + b',
  replace: 'a - b',
  test: 'packages/user/src/user.test.ts',
  title: 'adds',
  ...fields,
})

const files = {
  'package.json': '{"type":"module"}',
  'vitest.config.ts':
    "import { defineConfig } from 'vitest/config'\nexport default defineConfig({ test: { include: ['**/*.test.ts'] } })\n",
  'packages/sum/package.json': '{"name":"@fixture/sum","type":"module","exports":"./src/sum.ts"}',
  'packages/sum/src/sum.ts':
    'export const sum = (a: number, b: number): number => a + b\nexport const zero = 0\nexport const other = 0\n',
  'packages/user/package.json': '{"name":"@fixture/user","type":"module"}',
  'packages/user/src/user.test.ts': [
    "import { sum, zero } from '@fixture/sum'",
    "import { describe, expect, it } from 'vitest'",
    "describe('a user', () => {",
    "  it('adds', () => expect(sum(1, 2)).toBe(3))",
    "  it('adds (nothing)', () => expect(sum(1, zero)).toBe(1))",
    "  it('is red already', () => expect(1).toBe(2))",
    '})',
  ].join('\n'),
  'packages/user/test/mutants.json': JSON.stringify([
    mutant({}),
    mutant({
      name: 'noticed by its full name',
      title: 'a user adds (nothing)',
      find: 'zero = 0',
      replace: 'zero = 5',
      file: 'packages/sum/src/sum.ts',
    }),
    mutant({ name: 'survivor', find: 'other = 0', replace: 'other = 1' }),
    mutant({ name: 'not unique', find: 'number', replace: 'string' }),
    mutant({ name: 'not found', find: 'a * b' }),
    mutant({ name: 'does not load', find: 'export const sum', replace: 'export const (', title: 'adds' }),
    mutant({ name: 'no such test', title: 'multiplies' }),
    mutant({ name: 'no such file', file: 'packages/sum/src/gone.ts' }),
    mutant({ name: 'red before', title: 'is red already' }),
  ]),
}

it('tells breakages that a test notices from those that survive or cannot be tried', async () => {
  await withFiles(files, async (root) => {
    mkdirSync(join(root, 'node_modules'))
    symlinkSync(realpathSync(join(repositoryRoot, 'node_modules/vitest')), join(root, 'node_modules/vitest'))
    // Packages see each other through relative links, as pnpm makes them.
    mkdirSync(join(root, 'packages/user/node_modules/@fixture'), { recursive: true })
    symlinkSync('../../../sum', join(root, 'packages/user/node_modules/@fixture/sum'))
    const { exitCode } = await runCommand('node', [join(repositoryRoot, 'scripts/mutants.ts'), '--root', root], {
      directory: root,
    })
    expect(exitCode).toBe(1)
    const report: Report = JSON.parse(readFileSync(join(root, 'reports/mutants.json'), 'utf8'))
    const outcomes = Object.fromEntries(report.items.map(({ name, details }) => [name, details ?? 'red']))
    expect(outcomes).toEqual({
      noticed: 'red',
      'noticed by its full name': 'red',
      survivor: expect.stringContaining('SURVIVED'),
      'not unique': expect.stringContaining('3 times'),
      'not found': expect.stringContaining('0 times'),
      'does not load': expect.stringContaining('did not run at all'),
      'no such test': expect.stringContaining('has no test called'),
      'no such file': expect.stringContaining('gone.ts, which does not exist'),
      'red before': expect.stringContaining('not green without'),
    })
    expect(readFileSync(join(root, 'packages/sum/src/sum.ts'), 'utf8')).toBe(files['packages/sum/src/sum.ts'])
  })
})
