import { expect, test } from 'vitest'
import { createCommandLine } from '../../test/command-line.ts'

test('list shows ids, kinds, variables, scopes and expiry, narrowed by its options, and never a value', async () => {
  const { run } = await createCommandLine()
  await run(['init'])
  expect((await run(['list'])).stdout).toContain('holdfast import')
  await run(['set', 'pay/live', '--kind', 'api-key', '--env', 'PAY', '--scope', 'org:acme/team:pay'], {
    stdin: 'f4ke-live',
  })
  await run(['set', 'pay/old', '--expires', '2025-01-01', '--scope', 'org:acme', '--tag', 'a=b'], { stdin: 'f4ke-old' })
  const all = await run(['list'])
  expect(all.stdout).toMatch(/pay\/live +api-key +PAY +org:acme\/team:pay/)
  expect(all.stdout).toMatch(/pay\/old .*2025-01-01 EXPIRED/)
  expect(all.stdout).not.toContain('f4ke')
  const ids = async (...args: string[]): Promise<unknown> => {
    const { credentials } = (await run(['list', '--json', ...args])).json()
    return Array.isArray(credentials) ? credentials.map((one: unknown) => Reflect.get(Object(one), 'id')) : undefined
  }
  expect(await ids()).toEqual(['pay/live', 'pay/old'])
  expect(await ids('--prefix', 'pay/l')).toEqual(['pay/live'])
  expect(await ids('--scope', 'org:acme/team:pay')).toEqual(['pay/live'])
  expect(await ids('--tag', 'a=b')).toEqual(['pay/old'])
})

test('control characters in tags reach no terminal', async () => {
  const { run } = await createCommandLine()
  await run(['init'])
  await run(['set', 'a', '--tag', 'note=\u001b[2J\u009b31m\u202edrow'], { stdin: 'f4ke' })
  const { stdout } = await run(['get', 'a'])
  expect(stdout).toContain('\\u{1b}[2J\\u{9b}31m\\u{202e}drow')
  expect(stdout).not.toMatch(/[\u001b\u009b\u202e]/)
})

test('an empty list says why: nothing is stored, or the options select nothing', async () => {
  const { run } = await createCommandLine()
  await run(['init'])
  await run(['set', 'a'], { stdin: 'f4ke' })
  expect((await run(['list', '--prefix', 'b'])).stdout).toContain('these options select')
  await run(['delete', 'a'])
  expect((await run(['list'])).stdout).toContain('holdfast import')
})
