import { expect, test } from 'vitest'
import { type CommandLine, createCommandLine } from '../../test/command-line.ts'

const core = import.meta.resolve('@holdfast/credential-core')

const vaultWith = async (requirements: string): Promise<CommandLine> => {
  const commandLine = await createCommandLine()
  await commandLine.run(['init'])
  await commandLine.write(
    'requirements.mjs',
    `import { apiKey, database } from ${JSON.stringify(core)}\nexport const requirements = ${requirements}\n`,
  )
  return commandLine
}

test('check ends with 8 and names every requirement that is not met', async () => {
  const { run } = await vaultWith(
    "{ db: database('db/main'), pay: apiKey('pay/live'), old: apiKey('pay/old'), good: apiKey('good') }",
  )
  await run(['set', 'good', '--kind', 'api-key'], { stdin: 'f4ke-1' })
  await run(['set', 'pay/live'], { stdin: 'f4ke 2' })
  await run(['set', 'pay/old', '--kind', 'api-key', '--expires', '2026-01-01'], { stdin: 'f4ke-3' })
  const { status, stdout, stderr } = await run(['check', 'requirements.mjs'])
  expect(status).toBe(8)
  expect(stdout).toBe('')
  expect(stderr).toContain('3 of 4 requirements are not met')
  expect(stderr).toContain('db: database db/main is missing')
  expect(stderr).toContain('pay: api-key pay/live is malformed')
  expect(stderr).toContain('old: api-key pay/old is expired')
  expect(stderr).not.toContain('f4ke')
})

test('check ends with 0 when all are met, also within a scope', async () => {
  const { run } = await vaultWith("{ db: database('db/main') }")
  await run(['set', 'db/main', '--kind', 'database', '--scope', 'org:acme/team:x'], { stdin: 'postgres://u:f4ke@h/n' })
  expect(await run(['check', 'requirements.mjs'])).toMatchObject({ status: 0, stdout: 'All 1 requirements are met.\n' })
  expect((await run(['check', 'requirements.mjs', '--scope', 'org:acme'])).status).toBe(0)
  const outside = await run(['check', 'requirements.mjs', '--scope', 'org:other'])
  expect(outside.status).toBe(8)
  expect(outside.stderr).toContain('is forbidden')
})

test('a file without requirements, or that cannot be imported, says what is expected', async () => {
  const { run, write } = await vaultWith("{ db: 'db/main' }")
  expect(await run(['check', 'requirements.mjs'])).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('export const requirements'),
  })
  await write('broken.mjs', 'export const requirements = {')
  expect(await run(['check', 'broken.mjs'])).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('could not be imported'),
  })
})

test('a file of requirements that is not there is told as that', async () => {
  const { run } = await createCommandLine()
  await run(['init'])
  expect(await run(['check', 'nowhere.ts'])).toMatchObject({
    status: 3,
    stderr: expect.stringContaining('There is no file'),
  })
})
