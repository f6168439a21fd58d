import { type ChildProcess, spawn } from 'node:child_process'
import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { expect, onTestFinished, test } from 'vitest'

const main = join(import.meta.dirname, '../src/main.ts')

interface Finished {
  readonly status: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

const start = (directory: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): ChildProcess =>
  spawn(process.execPath, [main, ...args], {
    cwd: directory,
    env: { PATH: process.env.PATH, ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  })

const finish = async (child: ChildProcess): Promise<Finished> => {
  const ended = new Promise<Pick<Finished, 'status' | 'signal'>>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (status, signal) => resolve({ status, signal }))
  })
  if (child.stdout === null || child.stderr === null) throw new Error('the child has no pipes')
  const [stdout, stderr, end] = await Promise.all([text(child.stdout), text(child.stderr), ended])
  return { ...end, stdout, stderr }
}

const temporaryFolder = async (): Promise<string> => {
  const directory = await mkdtemp(join(tmpdir(), 'holdfast-process-'))
  onTestFinished(() => rm(directory, { recursive: true, force: true }))
  return directory
}

const runIn = (directory: string, transcript: string[] = []) => {
  return async (
    args: readonly string[],
    { stdin = '', env = {} }: { readonly stdin?: string; readonly env?: Readonly<Record<string, string>> } = {},
  ) => {
    const child = start(directory, args, env)
    child.stdin?.end(stdin)
    const finished = await finish(child)
    transcript.push(finished.stdout, finished.stderr)
    return finished
  }
}

const planted = {
  PLAIN: 'p1anted-plain-value',
  QUOTED: 'p1anted "quoted" & spaced',
  MULTILINE:
    '-----BEGIN PRIVATE KEY-----\nMIIp1antedAAAABBBBCCCCDDDD\nEEEEp1antedFFFFGGGG\n-----END PRIVATE KEY-----\n',
  JSON_VALUE: '{"username":"app","password":"p1anted-in-json"}',
  UNICODE: 'pässwörd-p1anted-注文',
}

/** Every form in which the program below may print a secret. */
const formsOf = (value: string): readonly string[] => [
  value,
  Buffer.from(value).toString('base64'),
  Buffer.from(value).toString('hex'),
  encodeURIComponent(value),
  ...value.split('\n').filter((line) => line.includes('p1anted')),
]

const leakyProgram = `
const names = ${JSON.stringify(Object.keys(planted))}
const pause = () => new Promise((resolve) => setTimeout(resolve, 2))
for (const name of names) {
  const value = process.env[name]
  const forms = [value, JSON.stringify({ value }), Buffer.from(value).toString('base64'), Buffer.from(value).toString('hex'),
    encodeURIComponent(value), 'user:' + value, ...value.split('\\n')]
  for (const form of forms) {
    for (const stream of [process.stdout, process.stderr]) {
      const bytes = Buffer.from('<' + form + '>\\n')
      const middle = Math.floor(bytes.length / 2)
      stream.write(bytes.subarray(0, middle))
      await pause()
      stream.write(bytes.subarray(middle))
    }
  }
}
console.error(new Error('cannot connect with ' + process.env.PLAIN))
console.log({ env: process.env.QUOTED })
process.exit(5)
`

test('no planted secret is in anything that a whole session prints', async () => {
  const directory = await temporaryFolder()
  const transcript: string[] = []
  const run = runIn(directory, transcript)
  await writeFile(join(directory, 'secrets.json'), JSON.stringify(planted))
  await writeFile(
    join(directory, 'bad.env'),
    `${planted.PLAIN}\nX="${planted.PLAIN}\n# holdfast: kind=api-key\nY=${planted.QUOTED}\n`,
  )
  await writeFile(join(directory, 'leaky.mjs'), leakyProgram)

  expect((await run(['list'])).status).toBe(3)
  expect((await run(['init'])).status).toBe(0)
  expect((await run(['init', '--json'])).status).toBe(0)
  expect((await run(['import', 'secrets.json'])).status).toBe(0)
  expect((await run(['import', 'secrets.json', '--json'])).status).toBe(0)
  expect((await run(['import', 'bad.env'])).status).toBe(2)
  expect((await run(['import', 'bad.env', '--partial', '--json'])).status).toBe(0)
  expect(
    (await run(['set', 'db/main', '--kind', 'database'], { stdin: `postgres://app:${planted.PLAIN}@h/n` })).status,
  ).toBe(0)
  expect((await run(['set', 'db/main', '--kind', 'aws-keys'], { stdin: planted.PLAIN })).status).toBe(2)
  expect((await run(['set', 'x', planted.PLAIN])).status).toBe(2)
  expect((await run(['get', 'x', `--passphrase=${planted.PLAIN}`])).status).toBe(2)
  for (const id of ['plain', 'json-value']) {
    expect((await run(['get', id])).status).toBe(0)
    expect((await run(['get', id, '--json'])).status).toBe(0)
    expect((await run(['get', id, '--history'])).status).toBe(0)
  }
  for (const args of [['list'], ['validate'], ['doctor']]) {
    expect((await run(args)).status).toBe(0)
    expect((await run([...args, '--json'])).status).toBe(0)
  }
  expect((await run(['export'])).status).toBe(2)
  expect((await run(['export', '--json'])).status).toBe(2)
  expect((await run(['run', '--', process.execPath, 'leaky.mjs'])).status).toBe(5)
  expect((await run(['list'], { env: { HOLDFAST_PASSPHRASE: planted.PLAIN } })).status).toBe(4)
  expect((await run(['list', '--store', `vault+https://app:${planted.PLAIN}@host/x`, '--key-file', 'k'])).status).toBe(
    2,
  )
  await chmod(join(directory, '.holdfast/store.key'), 0o644)
  expect((await run(['get', 'plain', '--reveal'])).status).toBe(4)
  await chmod(join(directory, '.holdfast/store.key'), 0o600)
  expect((await run(['delete', 'plain'])).status).toBe(0)
  expect((await run(['restore', 'plain'])).status).toBe(0)

  const printed = transcript.join('')
  expect(printed).toContain('[redacted]')
  expect(printed.length).toBeGreaterThan(5000)
  for (const value of Object.values(planted)) {
    for (const form of formsOf(value)) expect(printed.includes(form)).toBe(false)
  }
  expect(printed).not.toContain('p1anted')
  // Nor is any of it readable on disk.
  const store = join(directory, '.holdfast/store')
  for (const name of await readdir(store, { recursive: true, withFileTypes: true })) {
    if (name.isFile()) expect((await readFile(join(name.parentPath, name.name))).includes('p1anted')).toBe(false)
  }
  // The search can find something: what is asked for in clear is printed in clear.
  expect((await run(['get', 'plain', '--reveal'])).stdout).toBe(planted.PLAIN)
  // Some forty processes, one after another: generous for a machine with everything else to do.
}, 300_000)

test.each(['SIGINT', 'SIGTERM'] as const)(
  '%s goes through run to the program, and its exit code comes back',
  async (signal) => {
    const directory = await temporaryFolder()
    await runIn(directory)(['init'])
    const program = `process.on(${JSON.stringify(signal)}, () => process.exit(42)); setInterval(() => {}, 1000); console.log('ready')`
    const child = start(directory, ['run', '--', process.execPath, '-e', program])
    child.stdout?.once('data', () => child.kill(signal))
    expect(await finish(child)).toMatchObject({ status: 42, signal: null })
  },
)

test('the program reads the stdin of run', async () => {
  const directory = await temporaryFolder()
  const run = runIn(directory)
  await run(['init'])
  expect((await run(['run', '--', 'cat'], { stdin: 'through' })).stdout).toBe('through')
})

test('Ctrl-C while a value is awaited ends with 130, at once', async () => {
  const directory = await temporaryFolder()
  await runIn(directory)(['init'])
  const child = start(directory, ['set', 'a'])
  const finished = finish(child)
  // It waits for stdin once the vault is open; until then the signal ends it as any program.
  const timer = setInterval(() => child.kill('SIGINT'), 100)
  const { status, signal } = await finished
  clearInterval(timer)
  expect(status === 130 || signal === 'SIGINT').toBe(true)
})

test('whoever stops reading the output causes no error', async () => {
  const directory = await temporaryFolder()
  const child = start(directory, ['help'])
  child.stdout?.destroy()
  if (child.stderr === null) throw new Error('the child has no pipes')
  expect(await text(child.stderr)).toBe('')
})

test('relative paths go by HOLDFAST_CWD, where npm starts it elsewhere', async () => {
  const directory = await temporaryFolder()
  const elsewhere = await temporaryFolder()
  const run = runIn(elsewhere)
  expect((await run(['init'], { env: { HOLDFAST_CWD: directory } })).status).toBe(0)
  expect(await readdir(directory)).toContain('.holdfast')
  expect(await readdir(elsewhere)).toEqual([])
})
