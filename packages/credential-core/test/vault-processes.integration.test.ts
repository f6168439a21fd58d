import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { createLocalStorage } from '@holdfast/storage-local'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createCredentialManager, createKeyring, keyFile, rekey, removeRetiredKeys } from '../src/index.ts'

const run = promisify(execFile)
const script = join(import.meta.dirname, 'support/vault-process.ts')

describe('processes that share a vault', () => {
  let folder = ''
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'holdfast-vault-processes-'))
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  const openVault = async () => {
    const storage = await createLocalStorage({ directory: join(folder, 'vault') })
    const keyring = createKeyring({
      storage,
      unlock: [keyFile(join(folder, 'vault.key'))],
      anchorDirectory: join(folder, 'anchor'),
    })
    return { storage, keyring, manager: createCredentialManager({ storage, keyring }) }
  }

  it('end with one key file and one keyring when four create it at once', async () => {
    const names = ['0', '1', '2', '3']
    const results = await Promise.all(names.map((name) => run(process.execPath, [script, folder, name, '1'])))
    expect(new Set(results.map(({ stdout }) => stdout)).size).toBe(1)
    const { storage, manager } = await openVault()
    for (const name of names) expect((await manager.retrieve(`own/${name}`)).value.reveal()).toBe(`${name}-0`)
    await storage.close()
  })

  it('raise no false alarm while they write, delete, rotate and rekey, and everything opens afterwards', async () => {
    const names = ['0', '1', '2', '3']
    const results = await Promise.all(names.map((name) => run(process.execPath, [script, folder, name, '15'])))
    expect(results.map(({ stderr }) => stderr)).toEqual(['', '', '', ''])
    const { storage, keyring, manager } = await openVault()
    for (const name of names) expect((await manager.retrieve(`own/${name}`)).value.reveal()).toBe(`${name}-14`)
    expect((await keyring.open()).keys.length).toBe(4)
    expect((await rekey(storage, keyring)).failed).toBe(0)
    // Old versions are kept and sealed with older keys, which therefore stay.
    const { kept } = await removeRetiredKeys(storage, keyring, { minimumRetiredMs: 0 })
    expect(kept.length).toBeGreaterThan(0)
    for (const name of names) expect((await manager.retrieve(`own/${name}`)).value.reveal()).toBe(`${name}-14`)
    await storage.close()
  }, 120_000)
})
