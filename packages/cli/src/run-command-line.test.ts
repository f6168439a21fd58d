import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { HoldfastError } from '@holdfast/contracts'
import { expect, test } from 'vitest'
import { createCommandLine } from '../test/command-line.ts'
import { commands } from './commands.ts'
import { exitCodeOf, exitCodes } from './exit-code.ts'

test('help lists every command, and each explains itself', async () => {
  const { run } = await createCommandLine()
  const { status, stdout } = await run(['help'])
  expect(status).toBe(0)
  for (const { name, summary } of commands) {
    expect(stdout).toContain(summary)
    expect((await run(['help', name])).stdout).toContain(`Usage: holdfast ${name}`)
    expect((await run([name, '--help'])).stdout).toContain(`Usage: holdfast ${name}`)
  }
  expect((await run([])).status).toBe(exitCodes.usage)
  expect((await run(['--help'])).status).toBe(0)
})

test('--version prints the version', async () => {
  const { run } = await createCommandLine()
  expect((await run(['--version'])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/)
  expect((await run(['--version', '--json'])).json()).toHaveProperty('version')
})

test.each([
  [['bogus'], 'no command "bogus"'],
  [['list', '--bogus=p1anted'], 'no option --bogus'],
  [['list', '--scope'], '--scope of holdfast list needs a value'],
  [['list', '--json=p1anted'], '--json of holdfast list takes no value'],
  [['get'], 'needs an argument: <id>'],
  [['list', 'p1anted'], 'takes none'],
  [['get', 'a', 'p1anted'], 'takes at most 1'],
  [['list', '--', 'p1anted'], 'takes nothing after --'],
])('a wrong command line %s ends with 2, says what is wrong and repeats no value', async (args, message) => {
  const { run } = await createCommandLine()
  const { status, stdout, stderr } = await run(args)
  expect(status).toBe(exitCodes.usage)
  expect(stdout).toBe('')
  expect(stderr).toContain(message)
  expect(stderr).toContain('holdfast help')
  expect(stderr).not.toContain('p1anted')
})

test('an error has message, hint and code, as text and as JSON', async () => {
  const { run } = await createCommandLine()
  const text = await run(['list'])
  expect(text.stderr).toMatch(/^error: .+\n {2}next: .+\n {2}code: NOT_FOUND KEYRING_MISSING\n$/)
  const json = await run(['list', '--json'])
  expect(JSON.parse(json.stderr).error).toMatchObject({
    code: 'NOT_FOUND',
    reason: 'KEYRING_MISSING',
    hint: expect.stringContaining('holdfast init'),
  })
})

test('a store URL that is wrong, and a provider that nobody knows, are told', async () => {
  const { run } = await createCommandLine()
  const wrong = await run(['list', '--store', 'vault+https://user:p1anted@host/x', '--key-file', 'k'])
  expect(wrong.status).toBe(exitCodes.usage)
  expect(wrong.stderr).toContain('contains credentials')
  expect(wrong.stderr).not.toContain('p1anted')
  const unknown = await run(['list', '--store', 'acme:somewhere', '--key-file', 'k'])
  expect(unknown.status).toBe(exitCodes.usage)
  expect(unknown.stderr).toContain('no storage provider named "acme"')
})

test('the store is named by --store, HOLDFAST_STORE, or the configuration file, in this order', async () => {
  const { run, write } = await createCommandLine()
  await write(
    'holdfast.config.json',
    '{"store":"file:./configured","keyring":{"keyFile":"./configured.key"},"cache":{}}',
  )
  await run(['init', '--store', 'file:a'])
  await run(['init'], { env: { HOLDFAST_STORE: 'file:b' } })
  // The key file that the configuration names is made.
  expect((await run(['init'])).stdout).toContain('configured.key')
  await run(['set', 'in-a', '--store', 'file:a'], { stdin: 'f4ke' })
  await run(['set', 'in-b'], { stdin: 'f4ke', env: { HOLDFAST_STORE: 'file:b' } })
  await run(['set', 'in-configured'], { stdin: 'f4ke' })
  const env = { HOLDFAST_STORE: 'file:b' }
  expect((await run(['list', '--store', 'file:a'], { env })).stdout).toContain('in-a')
  expect((await run(['list'], { env })).stdout).toContain('in-b')
  expect((await run(['list'])).stdout).toContain('in-configured')
  expect((await run(['list', '--config', 'holdfast.config.json'])).stdout).toContain('in-configured')
  expect((await run(['list', '--config', 'nowhere.json'])).status).toBe(exitCodes.notFound)
})

test('Ctrl-C ends a command with 130, and leaves no listener behind', async () => {
  const { run } = await createCommandLine()
  await run(['init'])
  const listeners = new Map<string, () => void>()
  const { status, stderr } = await run(['set', 'a'], {
    environment: {
      stdin: Object.assign(new (await import('node:stream')).PassThrough(), { isTTY: false }),
      onSignal(signal, listener) {
        listeners.set(signal, listener)
        if (signal === 'SIGHUP') queueMicrotask(() => listeners.get('SIGINT')?.())
        return () => listeners.delete(signal)
      },
    },
  })
  expect(status).toBe(exitCodes.interrupted)
  expect(stderr).toContain('was interrupted (SIGINT)')
  expect([...listeners.keys()]).toEqual([])
})

test('something unforeseen ends with 1 and shows no stack', async () => {
  const { run } = await createCommandLine()
  await run(['init'])
  const { status, stderr } = await run(['set', 'a'], {
    answers: [],
    environment: {
      askHidden: async () => {
        throw new TypeError('password=p1anted')
      },
    },
  })
  expect(status).toBe(exitCodes.failure)
  expect(stderr).toContain('did not expect')
  expect(stderr).not.toMatch(/p1anted|\n\s+at /)
})

test('every error code has an exit code, and unmet requirements have their own', () => {
  const make = (
    code: 'NOT_FOUND' | 'DATA_LOSS' | 'TIMEOUT' | 'INTERNAL',
    reason?: 'REQUIREMENTS_UNMET',
  ): HoldfastError =>
    new HoldfastError({
      code,
      message: 'm.',
      hint: 'h.',
      source: 's',
      operation: 'o',
      ...(reason === undefined ? {} : { reason }),
    })
  expect(exitCodeOf(make('NOT_FOUND'))).toBe(3)
  expect(exitCodeOf(make('NOT_FOUND', 'REQUIREMENTS_UNMET'))).toBe(8)
  expect(exitCodeOf(make('DATA_LOSS'))).toBe(6)
  expect(exitCodeOf(make('TIMEOUT'))).toBe(7)
  expect(exitCodeOf(make('INTERNAL'))).toBe(1)
  expect(exitCodeOf(new Error('x'))).toBe(1)
})

test('the README lists every exit code', async () => {
  const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8')
  const listed = [...readme.matchAll(/^\| ([\d, +n]+) \|/gm)].map(([, codes]) => String(codes)).join(',')
  for (const code of Object.values(exitCodes)) {
    expect(`${listed},${readme.includes('130: Ctrl-C') ? '130' : ''}`.split(/, ?/)).toContain(String(code))
  }
})

test('schema prints the JSON Schema of the configuration file', async () => {
  const { run } = await createCommandLine()
  expect((await run(['schema'])).json()).toMatchObject({ type: 'object', required: ['store'] })
})

test.each(['nonsense', 'vault+https://user:p1anted@host/x', 'file:'])(
  'the store URL %s is what is wrong, whatever opens the vault',
  async (url) => {
    const { run } = await createCommandLine()
    const { status, stderr } = await run(['list', '--store', url])
    expect(status).toBe(exitCodes.usage)
    expect(stderr).toContain('store URL')
    expect(stderr).not.toContain('p1anted')
  },
)

test('a key file that has gone is missed by its name', async () => {
  const { run, directory } = await createCommandLine()
  await run(['init'])
  await rm(join(directory, '.holdfast/store.key'))
  const { status, stderr } = await run(['list'])
  expect(status).toBe(exitCodes.refused)
  expect(stderr).toContain(`there is no key file ${join(directory, '.holdfast/store.key')}`)
})

test('what is wrong in a configuration file is told line by line, with the file', async () => {
  const { run, write } = await createCommandLine()
  const file = await write('holdfast.config.json', '{"store":{"provider":"nope"},"keyring":{"keyfile":"p1anted"}}')
  const { status, stderr } = await run(['list'])
  expect(status).toBe(exitCodes.usage)
  expect(stderr).toContain(`The configuration ${file} has`)
  expect(stderr).toMatch(/\n {2}- keyring\.keyfile: /)
  expect(stderr).toMatch(/\n {2}- store: .* no storage provider named "nope"/)
  expect(stderr).not.toMatch(/\.\.|p1anted/)
})
