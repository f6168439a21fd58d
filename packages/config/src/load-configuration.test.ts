import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../test/temporary-folder.ts'
import { findConfiguration, loadConfiguration } from './load-configuration.ts'

const wanted = { store: 'file:./secrets', keyring: { keyFile: './vault.key' } }

test.each([
  [
    'holdfast.config.ts',
    'const store: string = "file:./secrets"\nexport default { store, keyring: { keyFile: "./vault.key" } }',
  ],
  [
    'holdfast.config.mts',
    'interface A { b: string }\nexport default { store: "file:./secrets", keyring: { keyFile: "./vault.key" } }',
  ],
  ['holdfast.config.mjs', 'export default { store: "file:./secrets", keyring: { keyFile: "./vault.key" } }'],
  ['holdfast.config.json', `\uFEFF${JSON.stringify(wanted)}`],
  ['holdfast.config.yaml', 'store: file:./secrets\nkeyring:\n  keyFile: ./vault.key\n'],
  ['holdfast.config.yml', '{ store: "file:./secrets", keyring: { keyFile: ./vault.key } }'],
])('%s is read', async (name, content) => {
  const folder = await temporaryFolder({ [name]: content })
  expect(await findConfiguration(folder)).toBe(join(folder, name))
  expect(await loadConfiguration(join(folder, name))).toEqual({
    configuration: wanted,
    file: join(folder, name),
    baseDirectory: folder,
  })
})

test('the file is found from a folder below, up to the root of the project and no further', async () => {
  const folder = await temporaryFolder({
    'holdfast.config.json': '{}',
    'project/package.json': '{}',
    'project/src/deep/x': '',
    'alone/x': '',
  })
  expect(await findConfiguration(join(folder, 'project/src/deep'))).toBeUndefined()
  const inside = await temporaryFolder({ 'package.json': '{}', 'holdfast.config.yml': '', 'src/deep/x': '' })
  expect(await findConfiguration(join(inside, 'src/deep'))).toBe(join(inside, 'holdfast.config.yml'))
})

test('without a project only the folder itself counts', async () => {
  const folder = await temporaryFolder({ 'holdfast.config.mjs': 'throw new Error("run")', 'alone/x': '' })
  expect(await findConfiguration(join(folder, 'alone'))).toBeUndefined()
})

test.each([
  ['a.json', '{"store": p1anted}', 'It is not JSON'],
  ['a.yaml', 'store: "p1anted\n', 'It is not YAML'],
  ['a.mjs', 'export const store = 1', 'no default export'],
  ['a.mjs', 'export default {', 'Importing it failed'],
  ['a.mjs', 'import "./missing.mjs"\nexport default {}', 'Importing it failed'],
  ['a.toml', '', 'Its name ends in .toml'],
])('%s with %j cannot be read, and the error quotes nothing of it', async (name, content, problem) => {
  const folder = await temporaryFolder({ [name]: content })
  const error = await loadConfiguration(join(folder, name)).catch((thrown: unknown) => thrown)
  expect(error).toMatchObject({ code: 'INVALID_ARGUMENT', message: expect.stringContaining(problem) })
  expect(JSON.stringify(error)).not.toContain('p1anted')
})

test('a YAML error tells the line, and the commonest reason', async () => {
  const folder = await temporaryFolder({ 'a.yaml': '# p1anted\nstore: memory:\n' })
  await expect(loadConfiguration(join(folder, 'a.yaml'))).rejects.toMatchObject({
    hint: 'Look at line 2, and put values that hold a colon in quotes.',
  })
})

test('a file that is not there is NOT_FOUND', async () => {
  await expect(loadConfiguration('/nowhere/holdfast.config.json')).rejects.toMatchObject({ code: 'NOT_FOUND' })
})
