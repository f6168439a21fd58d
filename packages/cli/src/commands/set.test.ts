import { expect, test } from 'vitest'
import { createCommandLine } from '../../test/command-line.ts'

const vault = async () => {
  const commandLine = await createCommandLine()
  await commandLine.run(['init'])
  return commandLine
}

test('a value piped in comes back as it was, without the newline at its end', async () => {
  const { run } = await vault()
  expect((await run(['set', 'db/main'], { stdin: 'f4ke-pa55\n' })).stdout).toContain('Stored db/main')
  expect((await run(['get', 'db/main', '--reveal'])).stdout).toBe('f4ke-pa55')
})

test('a value typed on a terminal is not shown', async () => {
  const { run, printed } = await vault()
  expect((await run(['set', 'db/main'], { answers: ['f4ke-typed'] })).status).toBe(0)
  expect(printed()).not.toContain('f4ke-typed')
  expect((await run(['get', 'db/main', '--reveal'])).stdout).toBe('f4ke-typed')
})

test('a value from a file is taken byte for byte, bytes too', async () => {
  const { run, write } = await vault()
  await write('token', 'f4ke\n')
  await write('binary', Uint8Array.of(0xff, 0, 0xfe))
  await run(['set', 'text', '--from-file', 'token'])
  await run(['set', 'bytes', '--from-file', 'binary'])
  expect((await run(['get', 'text', '--reveal', '--json'])).json()).toMatchObject({ value: 'f4ke\n', encoding: 'text' })
  expect((await run(['get', 'bytes', '--reveal', '--json'])).json()).toMatchObject({ valueBase64: '/wD+' })
  const missing = await run(['set', 'text', '--from-file', 'nowhere'])
  expect(missing.status).toBe(3)
})

test('a value among the arguments is refused, with the reason, and not repeated', async () => {
  const { run, printed } = await vault()
  const { status, stderr } = await run(['set', 'db/main', 'p1anted-value'])
  expect(status).toBe(2)
  expect(stderr).toContain('--from-file')
  expect((await run(['set', 'db/main', '--value=p1anted-value'])).status).toBe(2)
  expect(printed()).not.toContain('p1anted')
})

test('what no option says stays as it was when a value is replaced', async () => {
  const { run } = await vault()
  await run(['set', 'pay', '--kind', 'api-key', '--scope', 'org:acme', '--tag', 'owner=x', '--env', 'PAY'], {
    stdin: 'f4ke-1',
  })
  const { stdout } = await run(['set', 'pay', '--expires', '2027-01-31'], { stdin: 'f4ke-2' })
  expect(stdout).toContain('Replaced pay (api-key, expires 2027-01-31T00:00:00.000Z)')
  expect((await run(['get', 'pay', '--json'])).json()).toMatchObject({
    id: 'pay',
    kind: 'api-key',
    scope: 'org:acme',
    tags: { owner: 'x', env: 'PAY' },
    expiresAt: '2027-01-31T00:00:00.000Z',
  })
})

test('a value that its kind does not allow is refused and not repeated', async () => {
  const { run, printed } = await vault()
  const { status, stderr } = await run(['set', 'pay', '--kind', 'api-key'], { stdin: 'p1anted with spaces' })
  expect(status).toBe(2)
  expect(stderr).toContain('nothing was stored')
  expect((await run(['set', 'pay', '--kind', 'no-such-kind'], { stdin: 'p1anted' })).stderr).toContain('api-key')
  expect(printed()).not.toContain('p1anted')
})

test('a kind of several parts is given as JSON or in its text form', async () => {
  const { run } = await vault()
  await run(['set', 'smtp', '--kind', 'basic'], { stdin: '{"username":"u","password":"f4ke-pa55"}' })
  await run(['set', 'db', '--kind', 'database'], { stdin: 'postgres://u:p%40$s@h:5432/n?sslmode=require' })
  expect((await run(['get', 'smtp', '--reveal'])).stdout).toBe('{"username":"u","password":"f4ke-pa55"}')
  expect((await run(['get', 'db', '--reveal'])).stdout).toBe('postgres://u:p%40$s@h:5432/n?sslmode=require')
  expect((await run(['set', 'smtp', '--kind', 'basic'], { stdin: '{"username": 1' })).status).toBe(2)
})

test('--if-absent refuses to replace', async () => {
  const { run } = await vault()
  expect((await run(['set', 'a', '--if-absent'], { stdin: 'f4ke-1' })).status).toBe(0)
  expect((await run(['set', 'a', '--if-absent'], { stdin: 'f4ke-2' })).status).toBe(5)
  expect((await run(['get', 'a', '--reveal'])).stdout).toBe('f4ke-1')
})

test.each([
  [['--env', '1A'], '--env'],
  [['--expires', 'tomorrow'], '--expires'],
  [['--tag', 'owner'], '--tag'],
])('a malformed option is refused: %s', async (args, named) => {
  const { run } = await vault()
  const { status, stderr } = await run(['set', 'a', ...args], { stdin: 'f4ke' })
  expect(status).toBe(2)
  expect(stderr).toContain(named)
})
