import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createLocalStorage } from '@holdfast/storage-local'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  apiKey,
  type CredentialManager,
  createCredentialManager,
  createKeyring,
  keyFile,
  passphrase,
  requireCredentials,
} from '../src/index.ts'
import { collect, failureOf } from './support/manager.ts'

describe('the manager on local files', () => {
  let directory = ''
  const closing: (() => Promise<void>)[] = []
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'holdfast-manager-'))
  })
  afterEach(async () => {
    for (const close of closing.splice(0)) await close()
    await rm(directory, { recursive: true, force: true })
  })

  const open = async (): Promise<CredentialManager> => {
    const storage = await createLocalStorage({ directory: join(directory, 'vault'), createDirectory: true })
    const unlock = [keyFile(join(directory, 'vault.key'), { create: true })]
    const keyring = createKeyring({ storage, unlock, createIfMissing: true })
    closing.push(() => storage.close())
    return createCredentialManager({ storage, keyring })
  }

  /** Every file of the vault, by path. */
  const files = async (): Promise<string[]> => {
    const entries = await readdir(join(directory, 'vault'), { recursive: true, withFileTypes: true })
    return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  }

  it('keeps what it stored for the next process, and no value is readable on disk', async () => {
    const first = await open()
    await first.store(apiKey('stripe/live'), 'planted-value-1', { tags: { env: 'live' } })
    await first.close()
    const second = await open()
    const { stripe } = await requireCredentials(second, { stripe: apiKey('stripe/live') })
    expect(stripe.value.reveal()).toBe('planted-value-1')
    for (const file of await files()) expect(await readFile(file, 'latin1'), file).not.toContain('planted-value')
    expect((await collect(second.list())).map(({ id }) => id)).toEqual(['stripe/live'])
  })

  it('finds any damage to the current version and rolls back to the one before', async () => {
    const manager = await open()
    const one = await manager.store('db/main', 'one')
    const before = new Set(await files())
    await manager.store('db/main', 'two')
    const [added] = (await files()).filter((file) => !before.has(file))
    if (added === undefined) throw new Error('the second version is in no file of its own')
    const bytes = await readFile(added)
    for (const at of [bytes.length - 1, Math.floor(bytes.length / 2), Math.floor(bytes.length / 3)]) {
      const damaged = Buffer.from(bytes)
      damaged[at] = (damaged[at] ?? 0) ^ 1
      await writeFile(added, damaged)
      expect(await failureOf(manager.retrieve('db/main'))).toMatchObject({ code: 'DATA_LOSS' })
      expect(await manager.validate('db/main')).toMatchObject({ status: 'invalid' })
    }
    await manager.rollback('db/main', one.version)
    expect((await manager.retrieve('db/main')).value.reveal()).toBe('one')
  })

  it('refuses a wrong passphrase and says what to do', async () => {
    const storage = await createLocalStorage({ directory: join(directory, 'vault'), createDirectory: true })
    closing.push(() => storage.close())
    const right = createKeyring({
      storage,
      unlock: [passphrase('correct horse', { scryptCost: 2 ** 14 })],
      createIfMissing: true,
    })
    await createCredentialManager({ storage, keyring: right }).store('a', 'x')
    const wrong = createCredentialManager({
      storage,
      keyring: createKeyring({ storage, unlock: [passphrase('wrong horse')] }),
    })
    expect(await failureOf(wrong.retrieve('a'))).toMatchObject({ code: 'UNAUTHENTICATED', reason: 'KEY_REJECTED' })
  })

  it('of two managers on one folder lose no update', async () => {
    const managers = [await open(), await open()]
    await managers[0]?.store('counter', '0')
    const increment = async (manager: CredentialManager): Promise<void> => {
      for (let count = 0; count < 20; ) {
        const { value, version } = await manager.retrieve('counter')
        const written = await manager
          .store('counter', String(Number(value.reveal()) + 1), { ifVersion: version })
          .catch((error: { code?: string }) => (error.code === 'CONFLICT' ? undefined : Promise.reject(error)))
        if (written !== undefined) count += 1
      }
    }
    await Promise.all(managers.map(increment))
    expect((await managers[0]?.retrieve('counter'))?.value.reveal()).toBe('40')
  })
})
