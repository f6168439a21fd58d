import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const run = (script: string, ...args: readonly string[]) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(import.meta.dirname, script), ...args], {
    encoding: 'utf8',
  })
  return { status, stdout, stderr }
}

test('without an area, or with one that there is not, the areas are listed and the exit code is 2', () => {
  expect(run('bench.ts')).toMatchObject({ status: 2, stdout: expect.stringMatching(/Areas: .*cache/) })
  expect(run('bench.ts', 'nothing')).toMatchObject({
    status: 2,
    stdout: expect.stringMatching(/Areas: .*cache/),
    stderr: expect.stringContaining('no area nothing'),
  })
  expect(run('bench.ts', 'toString').status).toBe(2)
  expect(run('bench.ts', '--help').status).toBe(0)
})

test('a comparison exits with 1 when a ratio is more than the tolerance worse', () => {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-bench-'))
  const write = (name: string, value: number): string => {
    const path = join(folder, name)
    writeFileSync(
      path,
      JSON.stringify({ goals: [{ row: 'get', subject: 'ours', against: 'Map', atMost: 2, value, met: true }] }),
    )
    return path
  }
  const [base, head] = [write('base.json', 1), write('head.json', 1.2)]
  try {
    expect(run('compare.ts', base, head)).toMatchObject({ status: 1, stdout: expect.stringContaining('1 of 1 ratios') })
    expect(run('compare.ts', base, head, '--tolerance', '30').status).toBe(0)
    expect(run('compare.ts', base, base).status).toBe(0)
    expect(run('compare.ts').status).toBe(2)
  } finally {
    rmSync(folder, { recursive: true })
  }
})
