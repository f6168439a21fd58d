import { truncate } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parse as parseYaml } from 'yaml'
import { createCommandLine } from '../../test/command-line.ts'

test('export without --reveal is refused, and shows nothing', async () => {
  const { run } = await createCommandLine()
  await run(['init'])
  await run(['set', 'a', '--env', 'A'], { stdin: 'f4ke-1' })
  for (const args of [['export'], ['export', '--json'], ['export', '--format', 'yaml']]) {
    const { status, stdout, stderr } = await run(args)
    expect(status).toBe(2)
    expect(stdout).toBe('')
    expect(stderr).toContain('--reveal')
    expect(stderr).not.toContain('f4ke')
  }
})

test('export --reveal --json is one flat object of names and values', async () => {
  const { run } = await createCommandLine()
  await run(['init'])
  await run(['set', 'a/b', '--env', 'Named'], { stdin: 'f4ke-1' })
  await run(['set', 'c/d'], { stdin: 'f4ke-2' })
  await run(['set', 'e', '--kind', 'basic'], { stdin: '{"username":"u","password":"f4ke-3"}' })
  expect((await run(['export', '--reveal', '--json'])).json()).toEqual({
    Named: 'f4ke-1',
    C__D: 'f4ke-2',
    E: '{"username":"u","password":"f4ke-3"}',
  })
  expect((await run(['export', '--reveal', '--prefix', 'a/'])).stdout).toBe('Named=f4ke-1\n')
  expect((await run(['export', '--reveal', '--format', 'xml'])).status).toBe(2)
})

test('what cannot be exported is told, and nothing is printed', async () => {
  const { run, write } = await createCommandLine()
  await run(['init'])
  await write('binary', Uint8Array.of(0xff))
  await run(['set', 'a', '--from-file', 'binary'])
  await run(['set', 'b', '--env', 'SAME'], { stdin: 'f4ke-1' })
  await run(['set', 'c', '--env', 'SAME'], { stdin: 'f4ke-2' })
  const { status, stdout, stderr } = await run(['export', '--reveal'])
  expect(status).toBe(2)
  expect(stdout).toBe('')
  expect(stderr).toContain('a: it holds bytes')
  expect(stderr).toContain('c: another secret is called SAME')
})

test('every format can be imported again with the same names and values', async () => {
  const { run, write } = await createCommandLine()
  await run(['init'])
  const value = fc.oneof(
    fc.string({ unit: 'grapheme' }),
    fc.string({ unit: fc.constantFrom('"', "'", '\\', '\n', '\r', '\t', ' ', '#', ':', '-', '0', 'e') }),
    fc.constantFrom('no', '0123', '1e3', 'null', '~', '', ' ', '- a', '{a: b}'),
  )
  await fc.assert(
    fc.asyncProperty(
      fc.dictionary(fc.stringMatching(/^[A-Z_][A-Z0-9_]{0,8}$/), value, { noNullPrototype: true }),
      async (values) => {
        await write('in.json', JSON.stringify(values))
        await run(['import', 'in.json', '--prefix', 'p/', '--overwrite'])
        for (const format of ['env', 'json', 'yaml']) {
          const { stdout, status } = await run(['export', '--reveal', '--format', format, '--prefix', 'p/'])
          expect(status).toBe(0)
          await write(`out.${format}`, stdout)
          const again = await run(['import', `out.${format}`, '--prefix', 'p/', '--json'])
          expect(again.status).toBe(0)
          expect(JSON.stringify(again.json())).not.toMatch(/created|updated/)
          if (format === 'yaml') expect(parseYaml(stdout)).toMatchObject(values)
        }
      },
    ),
    { numRuns: 15 },
  )
})

test('a damaged secret makes the export end with 6 and names the command that repairs it', async () => {
  const { run, directory } = await createCommandLine()
  await run(['init'])
  await run(['set', 'a'], { stdin: 'f4ke-1' })
  await run(['set', 'a'], { stdin: 'f4ke-2' })
  await truncate(join(directory, '.holdfast/store/a/v2.cred'), 40)
  const { status, stdout, stderr } = await run(['export', '--reveal'])
  expect(status).toBe(6)
  expect(stdout).toBe('')
  expect(stderr).toContain('holdfast restore a')
})
