import type { Logger, Metrics } from '@holdfast/contracts'
import { expect, test } from 'vitest'
import { isMissing, loadProvider } from './load-provider.ts'

test('a provider of one name each: what is known is told when it is not', async () => {
  await expect(loadProvider('nope', { acme: async () => ({ createStorage: () => never() }) })).rejects.toMatchObject({
    code: 'INVALID_ARGUMENT',
    reason: 'PROVIDER_UNKNOWN',
    hint: expect.stringMatching(/acme.*local.*vault/),
  })
  await expect(loadProvider('constructor')).rejects.toMatchObject({ reason: 'PROVIDER_UNKNOWN' })
})

test('a broken import inside a provider is not taken for a missing provider', () => {
  const notFound = (message: string): Error => Object.assign(new Error(message), { code: 'ERR_MODULE_NOT_FOUND' })
  const name = '@holdfast/storage-vault'
  expect(isMissing(notFound(`Cannot find package '${name}' imported from /app/a.js`), name)).toBe(true)
  expect(
    isMissing(notFound(`Cannot find package 'undici' imported from /app/node_modules/${name}/index.js`), name),
  ).toBe(false)
  expect(
    isMissing(notFound(`Cannot find module '/app/node_modules/${name}/dist/x.js' imported from /app/a.js`), name),
  ).toBe(false)
  expect(isMissing(new Error(`Cannot find package '${name}' imported from /app/a.js`), name)).toBe(false)
})

test('a provider that fails to load, or is none, is told with the cause', async () => {
  const thrown = await loadProvider('acme', {
    acme: () => Promise.reject(new TypeError('password=p1anted is not a function')),
  }).catch((error: unknown) => error)
  expect(thrown).toMatchObject({ code: 'INTERNAL', cause: { name: 'TypeError' } })
  expect(JSON.stringify(thrown)).not.toContain('p1anted')
  // A module without createStorage, as a user without types could give it.
  const empty = {} as { createStorage(): never }
  await expect(loadProvider('acme', { acme: async () => empty })).rejects.toMatchObject({
    code: 'INVALID_ARGUMENT',
    message: expect.stringContaining('createStorage'),
  })
})

const never = (): never => {
  throw new Error('not called')
}

test.each([
  ['local', ['logger']],
  ['aws', ['logger']],
  ['azure', ['logger']],
  ['vault', ['logger', 'metrics']],
  ['k8s', ['logger']],
])('the driver %s is handed %j', async (name, handed) => {
  const { createStorage } = await loadProvider(name)
  // Wrong on purpose: what is handed on is what the driver complains of.
  const told = { logger: {} as Logger, metrics: {} as Metrics }
  const create = async () => createStorage({}, { baseDirectory: '/', createIfMissing: false, ...told })
  const error: unknown = await create().catch((thrown: unknown) => thrown)
  for (const option of ['logger', 'metrics']) {
    const complaint = expect.stringMatching(new RegExp(`[:;] ${option}: given `))
    expect(error).toMatchObject({ message: handed.includes(option) ? complaint : expect.not.stringMatching(option) })
  }
})
