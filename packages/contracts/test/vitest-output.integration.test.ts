import { spawnSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, it } from 'vitest'

const vitest = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs')
const secretModule = pathToFileURL(join(import.meta.dirname, '../src/secret.ts')).href
const planted = 'planted-value-7f3a'

// The value comes from the environment: a report shows the lines around a failure.
const failing = `
  import { Secret } from ${JSON.stringify(secretModule)}
  const planted = process.env.PLANTED
  const holder = { secret: new Secret(planted), list: [new Secret({ password: planted })] }
  it('toEqual', () => expect(holder).toEqual({ secret: 'visible-difference' }))
  it('toBe', () => expect(holder.secret).toBe(new Secret('other')))
  it('message', () => { throw new Error('failed with ' + holder.secret, { cause: holder }) })
  it('property', () => { throw Object.assign(new Error('failed'), { holder }) })
  it('console', () => { console.log(holder); console.error('%o', holder); throw holder })
`

it("leaks nothing through the test runner's own reports", async () => {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-vitest-'))
  try {
    await writeFile(join(folder, 'failing.test.ts'), failing)
    const reporters = ['--reporter=default', '--reporter=json', '--reporter=junit', '--reporter=tap']
    const run = spawnSync(process.execPath, [vitest, 'run', '--globals', '--root', folder, ...reporters], {
      encoding: 'utf8',
      cwd: folder,
      env: { ...process.env, PLANTED: planted, NO_COLOR: '1' },
    })
    const output = run.stdout + run.stderr
    // The report is really there, with its five failures and its diff.
    expect(output).toContain('visible-difference')
    expect(output).toMatch(/5 failed/)
    expect(output).toContain('[redacted]')
    expect(output).not.toContain(planted)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})
