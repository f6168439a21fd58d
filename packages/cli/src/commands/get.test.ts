import { expect, test } from 'vitest'
import { createCommandLine } from '../../test/command-line.ts'

test('get shows what is known and not the value; --reveal shows the value and nothing else', async () => {
  const { run } = await createCommandLine()
  await run(['init'])
  await run(['set', 'pay', '--kind', 'api-key', '--env', 'PAY'], { stdin: 'f4ke-live' })
  const shown = await run(['get', 'pay'])
  expect(shown.stdout).toContain('api-key')
  expect(shown.stdout).toContain('--reveal')
  expect(shown.stdout + shown.stderr).not.toContain('f4ke-live')
  expect((await run(['get', 'pay', '--json'])).stdout).not.toContain('f4ke-live')
  expect(await run(['get', 'pay', '--reveal'])).toMatchObject({ stdout: 'f4ke-live', stderr: '' })
})

test('a missing secret ends with 3 and says where to look', async () => {
  const { run } = await createCommandLine()
  await run(['init'])
  const { status, stderr } = await run(['get', 'nope'])
  expect(status).toBe(3)
  expect(stderr).toContain('holdfast list')
  const json = await run(['get', 'nope', '--json'])
  expect(json.stdout).toBe('')
  expect(JSON.parse(json.stderr)).toMatchObject({ error: { code: 'NOT_FOUND', details: { id: 'nope' } } })
})

test('earlier versions are listed, shown and restored; so is what was deleted', async () => {
  const { run } = await createCommandLine()
  await run(['init'])
  await run(['set', 'a'], { stdin: 'f4ke-1' })
  await run(['set', 'a'], { stdin: 'f4ke-2' })
  const history = await run(['get', 'a', '--history', '--json'])
  const versions = history.json().versions
  expect(versions).toHaveLength(2)
  const first = String(Reflect.get(Object(Array.isArray(versions) ? versions[1] : undefined), 'version'))
  expect((await run(['get', 'a', '--history'])).stdout).toContain(first)
  expect((await run(['get', 'a', '--reveal', '--at', first])).stdout).toBe('f4ke-1')

  expect((await run(['restore', 'a'])).stdout).toContain('earlier version')
  expect((await run(['get', 'a', '--reveal'])).stdout).toBe('f4ke-1')

  expect((await run(['delete', 'a', 'b'])).stdout).toBe(
    'Deleted a (holdfast restore brings it back).\nThere was no b.\n',
  )
  expect((await run(['get', 'a'])).status).toBe(3)
  expect((await run(['restore', 'a'])).stdout).toContain('was deleted')
  expect((await run(['get', 'a', '--reveal'])).stdout).toBe('f4ke-1')
  expect((await run(['restore', 'never'])).status).toBe(3)
})

test('a version that is not kept names the command that lists them', async () => {
  const { run } = await createCommandLine()
  await run(['init'])
  await run(['set', 'a'], { stdin: 'f4ke' })
  for (const args of [
    ['get', 'a', '--at', 'bogus'],
    ['restore', 'a', '--to', 'bogus'],
  ]) {
    const { status, stderr } = await run(args)
    expect(status).toBe(3)
    expect(stderr).toContain('holdfast get a --history')
    expect(stderr).not.toContain('history()')
  }
})
