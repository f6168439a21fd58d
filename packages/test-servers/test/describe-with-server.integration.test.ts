import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'

const source = join(import.meta.dirname, '../src')
const vitest = join(import.meta.dirname, '../node_modules/vitest')

let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-run-'))
  const suite = (server: string): string => `
    import { expect, it } from '${vitest}/dist/index.js'
    import { describeWithServer } from '${source}/describe-with-server.ts'
    describeWithServer('${server}', (server) => {
      it('has settings', () => expect(server.settings.AZURE_KEY_VAULT_URL).toMatch(/^https:/))
    })`
  await writeFile(join(folder, 'present.test.ts'), suite('key-vault'))
  await writeFile(join(folder, 'present-too.test.ts'), suite('key-vault'))
  await writeFile(join(folder, 'absent.test.ts'), suite('ministack'))
  await writeFile(join(folder, 'optional.test.ts'), suite('vault'))
  await writeFile(
    join(folder, 'vitest.config.mjs'),
    `export default { test: { globalSetup: ['${source}/global-setup.ts'] } }`,
  )
})

afterAll(() => rm(folder, { recursive: true }))

interface Outcome {
  readonly exitCode: number | null
  readonly output: string
  readonly uses: readonly { readonly suite: string; readonly version?: string; readonly absent?: string }[]
}

/** A run of its own, on a machine without network, Docker and anything fetched. */
const run = async (files: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<Outcome> => {
  const parameters = [join(vitest, 'vitest.mjs'), 'run', '--root', folder, ...files]
  const child = spawn(process.execPath, parameters, {
    cwd: folder,
    env: {
      PATH: dirname(process.execPath),
      HOME: folder,
      HOLDFAST_SERVERS_CACHE: join(folder, 'cache'),
      HOLDFAST_SERVERS_FETCH: 'never',
      ...environment,
    },
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (output += String(text)))
  const exitCode = await new Promise<number | null>((resolve) => child.on('close', resolve))
  return { exitCode, output, uses: JSON.parse(await readFile(join(folder, 'reports/servers.json'), 'utf8')) }
}

it('shares one server among files, and reports who used which version', async () => {
  const { exitCode, output, uses } = await run(['present'])
  expect([exitCode, output]).toEqual([0, expect.stringContaining('2 passed')])
  expect(uses.map(({ suite, version }) => [suite.split('/').at(-1), version]).sort()).toEqual([
    ['present-too.test.ts', 'api 7.6'],
    ['present.test.ts', 'api 7.6'],
  ])
})

it('skips loudly what is absent, with the command that gets it', async () => {
  const { exitCode, output, uses } = await run(['absent'])
  expect([exitCode, output]).toEqual([0, expect.stringContaining('1 skipped')])
  expect(output).toContain('NOT RUN on ministack: HOLDFAST_SERVERS_FETCH=never forbids to fetch it.')
  expect(output).toContain('npm run servers -- fetch ministack')
  expect(uses).toMatchObject([{ absent: expect.stringContaining('forbids') }])
})

it('fails on what is absent with CI=true', async () => {
  const { exitCode, output } = await run(['absent'], { CI: 'true' })
  expect([exitCode, output]).toEqual([1, expect.stringContaining('1 failed')])
  expect(output).toContain('The test server ministack is not to be had here')
})

it('skips what no package client carries also with CI=true, as loudly', async () => {
  const { exitCode, output } = await run(['optional'], { CI: 'true' })
  expect([exitCode, output]).toEqual([0, expect.stringContaining('1 skipped')])
  expect(output).toContain('NOT RUN on HashiCorp Vault')
  expect(output).toContain('VAULT_TEST_ADDR')
})
