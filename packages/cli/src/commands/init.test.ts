import { chmod, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createCommandLine } from '../../test/command-line.ts'

test('init makes a vault and a key file that only its owner can read, and says where', async () => {
  const { run, directory } = await createCommandLine()
  const { status, stdout } = await run(['init'])
  expect(status).toBe(0)
  expect(stdout).toContain('Made a vault in .holdfast/store.')
  expect(stdout).toContain('.holdfast/store.key')
  expect((await stat(join(directory, '.holdfast/store.key'))).mode & 0o777).toBe(0o600)
  expect((await stat(join(directory, '.holdfast/store'))).mode & 0o777).toBe(0o700)
  expect(await readFile(join(directory, '.holdfast/.gitignore'), 'utf8')).toBe('*\n')
})

test('a second init changes nothing and says so', async () => {
  const { run, directory } = await createCommandLine()
  const first = await run(['init', '--json'])
  const key = await readFile(join(directory, '.holdfast/store.key'))
  const second = await run(['init', '--json'])
  expect(first.json()).toMatchObject({ created: true })
  expect(second.json()).toEqual({ ...first.json(), created: false })
  expect(await readFile(join(directory, '.holdfast/store.key'))).toEqual(key)
})

test('init with HOLDFAST_PASSPHRASE writes no key file, and only that passphrase opens the vault', async () => {
  const { run, directory } = await createCommandLine()
  const env = { HOLDFAST_PASSPHRASE: 'correct horse' }
  expect((await run(['init'], { env })).status).toBe(0)
  await expect(stat(join(directory, '.holdfast/store.key'))).rejects.toThrow('ENOENT')
  expect((await run(['list'], { env })).status).toBe(0)
  const wrong = await run(['list'], { env: { HOLDFAST_PASSPHRASE: 'wrong horse' } })
  expect(wrong.status).toBe(4)
  expect(wrong.stderr).toContain('UNAUTHENTICATED KEY_REJECTED')
  expect(wrong.stderr).not.toContain('horse')
})

test('a passphrase is asked for twice on a terminal, and the two must be the same', async () => {
  const { run } = await createCommandLine()
  const differing = await run(['init', '--ask-passphrase'], { answers: ['one', 'two'] })
  expect(differing.status).toBe(2)
  expect(differing.stderr).toContain('differ')
  expect((await run(['init', '--ask-passphrase'], { answers: ['same', 'same'] })).status).toBe(0)
  expect((await run(['list'], { answers: ['same'] })).status).toBe(0)
  expect((await run(['list'], { answers: ['other'] })).status).toBe(4)
})

test('without a terminal and without a key nothing is asked for, and the error says what to give', async () => {
  const { run } = await createCommandLine()
  await run(['init'], { env: { HOLDFAST_PASSPHRASE: 'correct horse' } })
  const { status, stderr } = await run(['list'])
  expect(status).toBe(4)
  expect(stderr).toContain('HOLDFAST_PASSPHRASE')
  const asked = await run(['list', '--ask-passphrase'])
  expect(asked.status).toBe(2)
  expect(asked.stderr).toContain('no terminal')
})

test('a key file that others can read is refused with the command that closes it', async () => {
  const { run, directory } = await createCommandLine()
  await run(['init'])
  const path = join(directory, '.holdfast/store.key')
  await chmod(path, 0o644)
  const { status, stderr } = await run(['list'])
  expect(status).toBe(4)
  expect(stderr).toContain(`chmod 600 ${path}`)
  expect(stderr).toContain('KEY_FILE_EXPOSED')
})

test('a key file elsewhere is found by --key-file and by HOLDFAST_KEY_FILE', async () => {
  const { run, directory } = await createCommandLine()
  await run(['init', '--key-file', 'elsewhere.key'])
  expect((await stat(join(directory, 'elsewhere.key'))).mode & 0o777).toBe(0o600)
  expect((await run(['list', '--key-file', 'elsewhere.key'])).status).toBe(0)
  expect((await run(['list'], { env: { HOLDFAST_KEY_FILE: 'elsewhere.key' } })).status).toBe(0)
  expect((await run(['list'])).status).toBe(4)
})

test.each([
  ['--passphrase', 'p1anted-passphrase'],
  ['--passphrase=p1anted-passphrase'],
  ['--password=p1anted-passphrase'],
  ['--pass', 'p1anted-passphrase'],
])('a passphrase among the arguments is refused and not repeated: %s', async (...args) => {
  const { run, printed } = await createCommandLine()
  const { status, stderr } = await run(['list', ...args])
  expect(status).toBe(2)
  expect(stderr).toContain('is refused')
  expect(stderr).toContain('HOLDFAST_PASSPHRASE')
  expect(printed()).not.toContain('p1anted')
})

test('a command where there is no vault says how to make one', async () => {
  const { run } = await createCommandLine()
  const { status, stderr } = await run(['list'], { answers: ['never asked'] })
  expect(status).toBe(3)
  expect(stderr).toContain('holdfast init')
})
