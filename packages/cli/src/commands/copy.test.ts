import { expect, test } from 'vitest'
import { type CommandLine, createCommandLine } from '../../test/command-line.ts'

const vault = async (): Promise<CommandLine> => {
  const commandLine = await createCommandLine()
  await commandLine.run(['init'])
  await commandLine.run(['set', 'db/main'], { stdin: 'p1anted-db' })
  await commandLine.run(['set', 'stripe/live', '--tag', 'team=pay'], { stdin: 'p1anted-stripe' })
  return commandLine
}

const atCopy = ['--store', 'file:copy', '--key-file', '.holdfast/store.key']

test('copies everything to another store, which opens with the same key', async () => {
  const { run, printed } = await vault()
  const { status, stdout } = await run(['copy', 'file:copy'])
  expect(status).toBe(0)
  expect(stdout).toMatch(/db\/main +created[\s\S]*2 created, 0 replaced, 0 unchanged, 0 failed; keyring created/)
  expect(printed()).not.toContain('p1anted')
  expect((await run(['get', 'db/main', '--reveal', ...atCopy])).stdout).toBe('p1anted-db')
  expect((await run(['copy', 'file:copy', '--json'])).json()).toMatchObject({ unchanged: 2, created: 0, failed: 0 })
})

test('needs no key', async () => {
  const { run } = await vault()
  await run(['copy', 'file:copy'])
  const { status } = await run(['copy', 'file:again', '--store', 'file:copy', '--key-file', 'nowhere.key'])
  expect(status).toBe(0)
})

test('copies what is selected', async () => {
  const { run } = await vault()
  expect((await run(['copy', 'file:copy', '--tag', 'team=pay', '--json'])).json()).toMatchObject({ created: 1 })
  expect((await run(['copy', 'file:copy', '--prefix', 'nothing'])).stdout).toContain('nothing to copy')
})

test('a dry run makes nothing, not even the store', async () => {
  const { run } = await vault()
  const { status, stdout, stderr } = await run(['copy', 'file:copy', '--dry-run'])
  expect(status).toBe(0)
  expect(stderr).toContain('would be made')
  expect(stdout).toMatch(/WOULD BE[\s\S]*2 created/)
  expect((await run(['list', ...atCopy])).status).not.toBe(0)
})

test('what differs at the destination stays, is told, and decides the exit code', async () => {
  const { run } = await vault()
  await run(['copy', 'file:copy'])
  await run(['set', 'db/main'], { stdin: 'p1anted-newer' })
  const refused = await run(['copy', 'file:copy'])
  expect(refused.status).toBe(5)
  expect(refused.stderr).toContain('differs')
  expect(refused.stdout).toContain('1 unchanged, 1 failed')
  expect((await run(['copy', 'file:copy', '--overwrite'])).status).toBe(0)
  expect((await run(['get', 'db/main', '--reveal', ...atCopy])).stdout).toBe('p1anted-newer')
})

test('migrate deletes here what was read back there, and only with --yes', async () => {
  const { run } = await vault()
  const refused = await run(['migrate', 'file:copy'])
  expect(refused.status).toBe(2)
  expect(refused.stderr).toContain('--yes')
  expect((await run(['migrate', 'file:copy', '--dry-run'])).stdout).not.toContain('removed')
  const moved = await run(['migrate', 'file:copy', '--yes'])
  expect(moved.status).toBe(0)
  expect(moved.stdout).toMatch(/db\/main +created, removed here/)
  expect((await run(['list', '--json'])).json()).toMatchObject({ credentials: [] })
  expect((await run(['get', 'stripe/live', '--reveal', ...atCopy])).stdout).toBe('p1anted-stripe')
})

test('another vault is refused, and --reseal seals for it', async () => {
  const { run } = await vault()
  await run(['init', '--store', 'file:other', '--key-file', 'other.key'])
  const refused = await run(['copy', 'file:other'])
  expect(refused.status).toBe(5)
  expect(refused.stderr).toContain('vault of its own')
  expect((await run(['copy', 'file:other', '--reseal', '--to-key-file', 'nowhere.key'])).status).toBe(3)
  expect((await run(['copy', 'file:other', '--reseal', '--to-key-file', 'other.key'])).status).toBe(0)
  const there = await run(['get', 'db/main', '--reveal', '--store', 'file:other', '--key-file', 'other.key'])
  expect(there.stdout).toBe('p1anted-db')
  expect((await run(['copy', 'file:other', '--reseal', '--to-key-file', 'other.key', '--json'])).json()).toMatchObject({
    unchanged: 2,
  })
})

test('the destination can be a configuration file', async () => {
  const { run, write } = await vault()
  await write('other.json', JSON.stringify({ store: { provider: 'local', directory: './from-file' } }))
  expect((await run(['copy', 'other.json'])).status).toBe(0)
  expect((await run(['list', '--json', '--store', 'file:from-file', '--key-file', '.holdfast/store.key'])).status).toBe(
    0,
  )
})

test('wrong arguments say what to do', async () => {
  const { run } = await vault()
  expect((await run(['copy'])).stderr).toContain('needs an argument')
  expect((await run(['copy', 'nonsense:x'])).status).toBe(2)
  expect((await run(['copy', 'file:copy', '--concurrency', '99'])).stderr).toContain('1 to 64')
})

test('progress is shown on a terminal', async () => {
  const { run } = await vault()
  expect((await run(['copy', 'file:copy'], { answers: [] })).stderr).toContain('copying: 2 of 2')
})
