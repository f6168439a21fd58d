import { randomBytes } from 'node:crypto'
import { chmod, cp, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { HoldfastError, type Tracer } from '@holdfast/contracts'
import { keyFile, rawKey } from '@holdfast/credential-core'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../test/temporary-folder.ts'
import { loadConfiguration } from './load-configuration.ts'
import { openManager } from './open-manager.ts'

/** What an application does: it does not know which provider it runs on. */
const useIt = async (configuration: unknown, baseDirectory: string): Promise<unknown> => {
  await using opened = await openManager(configuration, {
    baseDirectory,
    createIfMissing: true,
    unlock: [keyFile(join(baseDirectory, 'vault.key'), { create: true })],
  })
  const { manager } = opened
  await manager.store('db/main', 'f4ke-pa55', { tags: { env: 'DB' } })
  await manager.store('db/main', 'f4ke-pa55-2')
  const credential = await manager.retrieve('db/main')
  const ids: string[] = []
  for await (const { id } of manager.list()) ids.push(id)
  await manager.delete('db/main')
  return [credential.value.reveal(), ids, await manager.exists('db/main')]
}

test('SC-001: another provider is one changed line, and the application does the same on it', async () => {
  const baseDirectory = await temporaryFolder()
  const onMemory = await useIt({ store: 'memory:' }, baseDirectory)
  const onDisk = await useIt({ store: 'file:./secrets' }, baseDirectory)
  expect(onMemory).toEqual(['f4ke-pa55-2', ['db/main'], false])
  expect(onDisk).toEqual(onMemory)
})

test('SC-005: a wrong configuration fails before anything is opened, with every problem and its path', async () => {
  const error = await openManager({
    store: { provider: 'local', directory: './x', keepVersions: 0 },
    keyring: { passphrase: 'p1anted' },
    sealing: 'maybe',
    scope: 'acme',
    cache: { capacity: 0, ttl: 5 },
    batchConcurrency: 1.5,
    onDuplicate: 'sometimes',
    providers: { acme: 'acme' },
    unknown: 1,
  }).catch((thrown: unknown) => thrown)
  if (!HoldfastError.is(error)) throw error
  const { problems } = error.details
  const paths = Array.isArray(problems) ? problems.map((problem) => Reflect.get(Object(problem), 'path')).sort() : []
  expect(paths).toEqual([
    'batchConcurrency',
    'cache.capacity',
    'cache.ttl',
    'keyring',
    'keyring.passphrase',
    'onDuplicate',
    'providers.acme',
    'scope',
    'sealing',
    'store.keepVersions',
    'unknown',
  ])
  expect(JSON.stringify(error)).not.toContain('p1anted')
})

test.each([
  [undefined, 'store'],
  [{}, 'store'],
  [{ store: 5 }, 'store'],
  [{ store: 'file:' }, 'names no folder'],
  [{ store: { provider: 'nope' }, sealing: 'x' }, 'no storage provider named'],
  [[], 'configuration'],
])('the configuration %j is refused', async (configuration, named) => {
  await expect(openManager(configuration)).rejects.toMatchObject({
    code: 'INVALID_ARGUMENT',
    message: expect.stringContaining(named),
  })
})

test('a passphrase where it does not belong is not repeated', async () => {
  const error = await openManager({ store: 'memory:', keyring: 'p1anted' }).catch((thrown: unknown) => thrown)
  expect(error).toMatchObject({ code: 'INVALID_ARGUMENT' })
  expect(JSON.stringify(error)).not.toContain('p1anted')
})

test('a store that cannot be used keeps its own code when nothing else is wrong', async () => {
  await expect(openManager({ store: 'nope:x' })).rejects.toMatchObject({ reason: 'PROVIDER_UNKNOWN' })
})

test('values that are to be sealed need something that opens the vault', async () => {
  await expect(openManager({ store: 'memory:' })).rejects.toMatchObject({
    code: 'INVALID_ARGUMENT',
    hint: expect.stringContaining('keyring.keyFile'),
  })
  const { manager, keyring, close } = await openManager({ store: 'memory:', sealing: 'backend' })
  await manager.store('a', 'f4ke')
  expect((await manager.retrieve('a')).metadata.seal).toBeUndefined()
  expect(keyring).toBeUndefined()
  await close()
})

test('the configuration names the key file, the passphrase and the key by where they are', async () => {
  const baseDirectory = await temporaryFolder()
  const key = randomBytes(32).toString('base64')
  await writeFile(join(baseDirectory, 'vault.key'), key, { mode: 0o600 })
  const environment = { VAULT_KEY: key, VAULT_PASSPHRASE: 'correct horse' }
  for (const keyring of [
    { keyFile: './vault.key' },
    { keyVariable: 'VAULT_KEY' },
    { passphraseVariable: 'VAULT_PASSPHRASE' },
  ]) {
    const opened = await openManager(
      { store: 'memory:', keyring },
      { baseDirectory, environment, createIfMissing: true },
    )
    await opened.manager.store('a', 'f4ke')
    expect((await opened.manager.retrieve('a')).value.reveal()).toBe('f4ke')
    await opened.close()
  }
  const unset = await openManager(
    { store: 'memory:', keyring: { passphraseVariable: 'UNSET' } },
    { environment, createIfMissing: true },
  )
  await expect(unset.manager.store('a', 'f4ke')).rejects.toMatchObject({
    reason: 'KEY_REJECTED',
    message: expect.stringContaining('UNSET'),
  })
  await unset.close()
})

test('cache, scope and duplicate policy of the configuration reach the manager', async () => {
  const options = { unlock: [rawKey(randomBytes(32))], createIfMissing: true }
  const configuration = { store: 'memory:', cache: { capacity: 10 }, scope: 'org:acme', onDuplicate: 'refuse' } as const
  const { manager, close } = await openManager(configuration, options)
  expect(manager.scope).toBe('org:acme')
  await manager.store('a', 'f4ke')
  await expect(manager.store('a', 'f4ke')).rejects.toMatchObject({ code: 'ALREADY_EXISTS' })
  await manager.retrieve('a')
  await manager.retrieve('a')
  expect(manager.cacheStatistics().hits).toBeGreaterThan(0)
  await close()
  await expect(manager.retrieve('a')).rejects.toMatchObject({ code: 'CLOSED' })
})

test('a configuration file is all an application needs', async () => {
  const folder = await temporaryFolder({
    'holdfast.config.yaml': 'store: file:./secrets\nkeyring:\n  passphraseVariable: VAULT_PASSPHRASE\n',
  })
  const { configuration, baseDirectory } = await loadConfiguration(join(folder, 'holdfast.config.yaml'))
  const options = { baseDirectory, environment: { VAULT_PASSPHRASE: 'correct horse' } }
  const first = await openManager(configuration, { ...options, createIfMissing: true })
  await first.manager.store('a', 'f4ke')
  await first.close()
  const second = await openManager(configuration, options)
  expect((await second.manager.retrieve('a')).value.reveal()).toBe('f4ke')
  await second.close()
})

test('anchorDirectory finds a store that was restored from an older copy, also when the key is named elsewhere', async () => {
  const baseDirectory = await temporaryFolder()
  const [store, copy] = [join(baseDirectory, 'secrets'), join(baseDirectory, 'copy')]
  const configuration = { store: 'file:./secrets', anchorDirectory: './anchor' }
  const options = { baseDirectory, unlock: [rawKey(randomBytes(32))] }
  const first = await openManager(configuration, { ...options, createIfMissing: true })
  await first.manager.store('a', 'f4ke-old')
  await cp(store, copy, { recursive: true })
  await first.manager.store('a', 'f4ke-new')
  await first.close()
  await rm(store, { recursive: true })
  await cp(copy, store, { recursive: true })
  for (const folder of await foldersIn(store)) await chmod(folder, 0o700)
  const second = await openManager(configuration, options)
  await expect(second.manager.retrieve('a')).rejects.toMatchObject({ code: 'DATA_LOSS', reason: 'ROLLED_BACK' })
  await second.close()
})

test('an anchor without a keyring is refused, not left out', async () => {
  await expect(
    openManager({ store: 'memory:', sealing: 'backend', anchorDirectory: './anchor' }),
  ).rejects.toMatchObject({ code: 'INVALID_ARGUMENT', reason: 'OPTIONS_INVALID' })
})

const foldersIn = async (folder: string): Promise<readonly string[]> => [
  folder,
  ...(await readdir(folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name)),
]

test('a tracer sees the calls of the manager', async () => {
  const spans: string[] = []
  const tracer: Tracer = {
    startSpan(name) {
      spans.push(name)
      return { end() {} }
    },
  }
  await using opened = await openManager({ store: 'memory:', sealing: 'backend' }, { tracer })
  await opened.manager.exists('a')
  expect(spans.length).toBeGreaterThan(0)
})
