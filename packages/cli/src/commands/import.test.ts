import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type CommandLine, createCommandLine } from '../../test/command-line.ts'

const vault = async (): Promise<CommandLine> => {
  const commandLine = await createCommandLine()
  await commandLine.run(['init'])
  return commandLine
}

const exported = async ({ run }: CommandLine): Promise<unknown> => (await run(['export', '--reveal', '--json'])).json()

test('a .env file is imported with its hints; the same again changes nothing', async () => {
  const commandLine = await vault()
  const { run, write } = commandLine
  await write(
    '.env',
    '# holdfast: kind=api-key expires=2031-01-31 scope=org:acme/team:pay id=pay/live tag.owner=x\nPAY_KEY=f4ke-live\nDB__MAIN="two\nlines"\n',
  )
  const first = await run(['import', '.env'])
  expect(first.status).toBe(0)
  expect(first.stdout).toMatch(/PAY_KEY +pay\/live +created/)
  expect(first.stdout).toMatch(/DB__MAIN +db\/main +created/)
  expect((await run(['get', 'pay/live', '--json'])).json()).toMatchObject({
    kind: 'api-key',
    scope: 'org:acme/team:pay',
    expiresAt: '2031-01-31T00:00:00.000Z',
    tags: { owner: 'x', env: 'PAY_KEY' },
  })
  const version = (await run(['get', 'pay/live', '--json'])).json().version
  const second = await run(['import', '.env', '--json'])
  expect(second.json()).toMatchObject({ imported: [{ action: 'unchanged' }, { action: 'unchanged' }] })
  expect((await run(['get', 'pay/live', '--json'])).json().version).toBe(version)
  expect(await exported(commandLine)).toEqual({ PAY_KEY: 'f4ke-live', DB__MAIN: 'two\nlines' })
})

test('with a malformed line nothing is imported unless --partial, and every line is told', async () => {
  const commandLine = await vault()
  const { run, write, printed } = commandLine
  await write('.env', 'A=f4ke-1\np1anted nonsense\nB=f4ke-2\nC="p1anted\n')
  const { status, stderr } = await run(['import', '.env'])
  expect(status).toBe(2)
  expect(stderr).toContain('line 2:')
  expect(stderr).toContain('line 4:')
  expect(stderr).toContain('--partial')
  expect(await exported(commandLine)).toEqual({})
  const partial = await run(['import', '.env', '--partial'])
  expect(partial.status).toBe(0)
  expect(partial.stderr).toContain('left out: line 2')
  expect(await exported(commandLine)).toEqual({ A: 'f4ke-1', B: 'f4ke-2' })
  expect(printed()).not.toContain('p1anted')
})

test('a value that its kind does not allow is a problem of its line, and nothing is imported', async () => {
  const commandLine = await vault()
  const { run, write } = commandLine
  await write('.env', 'A=f4ke-1\n# holdfast: kind=database\nB=p1anted\n# holdfast: kind=nope\nC=1\n')
  const { status, stderr } = await run(['import', '.env'])
  expect(status).toBe(2)
  expect(stderr).toContain('line 3: B is not of the kind database')
  expect(stderr).toContain('line 5:')
  expect(stderr).not.toContain('p1anted')
  expect(await exported(commandLine)).toEqual({})
})

test('what is stored and differs is replaced only with --overwrite', async () => {
  const commandLine = await vault()
  const { run, write } = commandLine
  await write('.env', 'A=f4ke-1\n')
  await run(['import', '.env'])
  await write('.env', 'A=f4ke-2\nB=f4ke-3\n')
  const refused = await run(['import', '.env'])
  expect(refused.status).toBe(2)
  expect(refused.stderr).toContain('line 1: a is stored already and differs: --overwrite replaces it')
  expect(await exported(commandLine)).toEqual({ A: 'f4ke-1' })
  expect((await run(['import', '.env', '--overwrite'])).stdout).toMatch(/A +a +updated/)
  expect(await exported(commandLine)).toEqual({ A: 'f4ke-2', B: 'f4ke-3' })
})

test('two entries that would get the same id are a problem', async () => {
  const { run, write } = await vault()
  await write('.env', 'A=1\n# holdfast: id=a\nB=2\n')
  expect((await run(['import', '.env'])).stderr).toContain('line 3: B and A would both be a')
})

test('--dry-run says what would be done and does nothing', async () => {
  const commandLine = await vault()
  await commandLine.write('.env', 'A=f4ke-1\n')
  expect((await commandLine.run(['import', '.env', '--dry-run'])).stdout).toMatch(/A +a +create/)
  expect(await exported(commandLine)).toEqual({})
})

test('options say what the file does not', async () => {
  const { run, write } = await vault()
  await write('.env', 'A=f4ke-1\n# holdfast: kind=opaque\nB=f4ke-2\n')
  await run([
    'import',
    '.env',
    '--prefix',
    'app/',
    '--kind',
    'api-key',
    '--scope',
    'org:acme',
    '--expires',
    '2030-01-01',
    '--tag',
    'x=y',
  ])
  expect((await run(['get', 'app/a', '--json'])).json()).toMatchObject({
    kind: 'api-key',
    scope: 'org:acme',
    expiresAt: '2030-01-01T00:00:00.000Z',
    tags: { x: 'y', env: 'A' },
  })
  expect((await run(['get', 'app/b', '--json'])).json()).toMatchObject({ kind: 'opaque' })
})

test('JSON: texts as they are, structures as JSON, anything else is a problem', async () => {
  const commandLine = await vault()
  const { run, write } = commandLine
  await write('a.json', '{"A":"f4ke-1","stripe/live":"f4ke-2","C":{"x":[1]}}')
  expect((await run(['import', 'a.json'])).stdout).toMatch(/stripe\/live +stripe\/live +created/)
  expect(await exported(commandLine)).toEqual({ A: 'f4ke-1', STRIPE__LIVE: 'f4ke-2', C: '{"x":[1]}' })
  await write('b.json', '{"A": 1.10, "B": null, "C": true, "": "x"}')
  const { stderr } = await run(['import', 'b.json'])
  expect(stderr).toContain('4 problems')
  await write('c.json', '{\n"A": "p1anted')
  expect((await run(['import', 'c.json'])).stderr).toMatch(/line 2: this is not JSON/)
  await write('c.json', '{"A": p1anted}')
  expect((await run(['import', 'c.json'])).stderr).toMatch(/- this is not JSON/)
  await write('d.json', '["p1anted"]')
  expect((await run(['import', 'd.json'])).status).toBe(2)
  expect(commandLine.printed()).not.toContain('p1anted')
})

test('YAML: every plain value is the text it is written as', async () => {
  const commandLine = await vault()
  const { run, write } = commandLine
  await write('a.yaml', '\uFEFFA: 0123\nB: no\nC: 1e3\nD: |\n  two\n  lines\nE: {x: [1]}\nF:\nA: f4ke-last\n')
  const { stderr } = await run(['import', 'a.yaml'])
  expect(stderr).toContain('line 9: A stands there twice')
  expect(await exported(commandLine)).toEqual({
    A: 'f4ke-last',
    B: 'no',
    C: '1e3',
    D: 'two\nlines\n',
    E: '{"x":["1"]}',
    F: '',
  })
  await write('b.yaml', 'A: "p1anted\nB: [')
  const broken = await run(['import', 'b.yaml'])
  expect(broken.status).toBe(2)
  expect(broken.stderr).toContain('this is not YAML')
  await write('c.yaml', '- p1anted')
  expect((await run(['import', 'c.yaml'])).status).toBe(2)
  await write('d.yaml', '')
  expect((await run(['import', 'd.yaml'])).stdout).toContain('nothing to import')
  expect(commandLine.printed()).not.toContain('p1anted')
})

test('a folder: one file for each secret, links followed, hidden files left out', async () => {
  const commandLine = await vault()
  const { run, directory } = commandLine
  const folder = join(directory, 'secrets')
  await mkdir(join(folder, 'nested'), { recursive: true })
  await writeFile(join(folder, 'db_password'), 'f4ke-1\n')
  await writeFile(join(folder, 'tls.crt'), 'f4ke-2\n\n')
  await writeFile(join(folder, '.hidden'), 'f4ke-3')
  await symlink(join(folder, 'tls.crt'), join(folder, 'linked'))
  const refused = await run(['import', 'secrets'])
  expect(refused.stderr).toContain('nested is not a file')
  expect((await run(['import', 'secrets', '--partial'])).status).toBe(0)
  expect(await exported(commandLine)).toEqual({ db_password: 'f4ke-1', 'tls.crt': 'f4ke-2\n', linked: 'f4ke-2\n' })
})

test('a file that is missing, binary, or of a format nobody knows is told', async () => {
  const { run, write } = await vault()
  expect(await run(['import', 'nowhere'])).toMatchObject({
    status: 3,
    stderr: expect.stringContaining('There is no file'),
  })
  await write('binary', Uint8Array.of(0xff, 0xfe))
  expect(await run(['import', 'binary'])).toMatchObject({ status: 2, stderr: expect.stringContaining('UTF-8') })
  await write('.env', 'A=1')
  expect(await run(['import', '.env', '--format', 'xml'])).toMatchObject({ status: 2 })
  expect(await run(['import', '.env', '--format', 'directory'])).toMatchObject({ status: 2 })
  expect(await run(['import', '.', '--format', 'env'])).toMatchObject({ status: 2 })
})

test('a YAML value that contains itself is a problem of its line, not of the permissions', async () => {
  const commandLine = await vault()
  await commandLine.write('a.yaml', 'A: f4ke-1\nB: &loop [p1anted, *loop]\n')
  const { status, stderr } = await commandLine.run(['import', 'a.yaml'])
  expect(status).toBe(2)
  expect(stderr).toContain('line 2: B refers to itself')
  await commandLine.run(['import', 'a.yaml', '--partial'])
  expect(await exported(commandLine)).toEqual({ A: 'f4ke-1' })
  expect(commandLine.printed()).not.toContain('p1anted')
})

test('a link that leads nowhere is told by its name', async () => {
  const { run, directory } = await vault()
  await mkdir(join(directory, 'secrets'))
  await symlink('nowhere', join(directory, 'secrets/token'))
  expect(await run(['import', 'secrets'])).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('token is a link that leads nowhere'),
  })
})

test('whoever left lines out is not told to delete the file', async () => {
  const { run, write } = await vault()
  await write('.env', 'A=f4ke-1\nnonsense\n')
  expect((await run(['import', '.env', '--partial'])).stderr).toContain('Keep .env')
  await write('.env', 'A=f4ke-1\n')
  expect((await run(['import', '.env'])).stderr).toContain('Delete .env')
})
