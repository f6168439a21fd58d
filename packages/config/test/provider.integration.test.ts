import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { temporaryFolder } from './temporary-folder.ts'

const config = import.meta.resolve('../src/index.ts')

/** Runs a module in a process of its own, where Node itself resolves the imports, and answers what it printed as JSON. */
const runModule = async (files: Readonly<Record<string, string>>): Promise<unknown> => {
  const folder = await temporaryFolder({ 'package.json': '{"type":"module"}', ...files })
  const { stdout } = await promisify(execFile)(process.execPath, [join(folder, 'main.ts')], { cwd: folder })
  return JSON.parse(stdout)
}

const attempt = (call: string): string =>
  `import { openStorage } from ${JSON.stringify(config)}
try { const storage = await ${call}; console.log(JSON.stringify({ name: storage.name })); await storage.close() }
catch (error) { console.log(JSON.stringify(error)) }`

/** Has Node not find a package, with the error it has for one that is not installed. */
const withoutPackage = (name: string): string => `
import { registerHooks } from 'node:module'
registerHooks({
  resolve(specifier, context, next) {
    if (specifier !== '${name}') return next(specifier, context)
    throw Object.assign(new Error(\`Cannot find package '${name}' imported from \${context.parentURL}\`), { code: 'ERR_MODULE_NOT_FOUND' })
  },
})
`

test('a provider that is not installed is told with the command that installs it', async () => {
  const main = withoutPackage('@holdfast/storage-vault') + attempt("openStorage('vault+https://host/kv')")
  expect(await runModule({ 'main.ts': main })).toMatchObject({
    reason: 'PROVIDER_NOT_INSTALLED',
    hint: 'Install @holdfast/storage-vault (npm install @holdfast/storage-vault).',
  })
})

test('metrics that nothing installed can make are told with the command that installs it, and nothing else is', async () => {
  const call = (options: string) => attempt(`openStorage('memory:', ${options})`)
  const measured = withoutPackage('@holdfast/telemetry') + call('{ metrics: { histogram() {} } }')
  expect(await runModule({ 'main.ts': measured })).toMatchObject({
    reason: 'PROVIDER_NOT_INSTALLED',
    hint: 'Install @holdfast/telemetry (npm install @holdfast/telemetry), or leave out metrics to do without.',
  })
  const plain = withoutPackage('@holdfast/telemetry') + call('{}')
  expect(await runModule({ 'main.ts': plain })).toEqual({ name: 'storage-memory' })
})

test('a provider that is there and imports something missing is told as broken, not as missing', async () => {
  const main = attempt("openStorage('acme:x', { providers: { acme: () => import('acme-storage') } })")
  const broken = {
    'node_modules/acme-storage/package.json': '{"name":"acme-storage","type":"module","exports":"./index.js"}',
    'node_modules/acme-storage/index.js': "import 'a-package-that-is-missing'\nexport const createStorage = () => {}",
  }
  const outcome = await runModule({ 'main.ts': main, ...broken })
  expect(outcome).toMatchObject({ code: 'INTERNAL', message: expect.stringContaining('could not be loaded') })
  expect(JSON.stringify(outcome)).not.toContain('PROVIDER_NOT_INSTALLED')
})

test('the same line opens a provider that is there', async () => {
  expect(await runModule({ 'main.ts': attempt("openStorage('file:./secrets', { createIfMissing: true })") })).toEqual({
    name: expect.stringContaining('secrets'),
  })
})
