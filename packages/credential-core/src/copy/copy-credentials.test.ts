import { randomBytes } from 'node:crypto'
import { parseScopeId } from '@holdfast/contracts'
import type { AnyCredentialStorage } from '@holdfast/contracts/credentials'
import { createMemoryStorage, type MemoryStorage } from '@holdfast/storage-memory'
import { collect } from '@holdfast/testkit'
import { describe, expect, it } from 'vitest'
import { failureOf } from '../../test/support/manager.ts'
import { createKeyring } from '../keyring/create-keyring.ts'
import type { Keyring } from '../keyring/keyring.ts'
import { rawKey } from '../keyring/raw-key.ts'
import { createCredentialManager } from '../manager/create-credential-manager.ts'
import type { CredentialManager } from '../manager/credential-manager.ts'
import { type CopyReport, copyCredentials } from './copy-credentials.ts'

interface TestVault {
  readonly storage: MemoryStorage
  readonly keyring: Keyring
  readonly manager: CredentialManager
}

const key = randomBytes(32)

const vault = (storage = createMemoryStorage(), unlock = rawKey(key)): TestVault => {
  const keyring = createKeyring({ storage, unlock: [unlock], createIfMissing: true })
  return { storage, keyring, manager: createCredentialManager({ storage, keyring }) }
}

const filled = async (count = 3): Promise<TestVault> => {
  const made = vault()
  for (let index = 0; index < count; index++) {
    await made.manager.store(`app/${index}`, `value ${index}`, {
      scope: parseScopeId(index === 0 ? 'org:a' : 'org:b'),
      tags: { team: 'core' },
    })
  }
  return made
}

const done = ({ items }: CopyReport): unknown =>
  Object.fromEntries(items.map((item) => [item.id, item.ok ? item.value.action : item.error.code]))

describe('copyCredentials', () => {
  it('copies sealed records as they are, without any key, and the copy opens with the same key', async () => {
    const { storage } = await filled()
    const to = createMemoryStorage()
    const progress: number[] = []
    const report = await copyCredentials(storage, to, { onProgress: ({ done }) => progress.push(done) })
    expect(done(report)).toEqual({ 'app/0': 'created', 'app/1': 'created', 'app/2': 'created' })
    expect(report).toMatchObject({ failed: 0, keyring: 'created' })
    expect(progress).toEqual([1, 2, 3])
    const copy = vault(to)
    expect((await copy.manager.retrieve('app/1')).value.reveal()).toBe('value 1')
    expect((await copy.manager.retrieve('app/1')).metadata).toEqual((await storage.retrieve('app/1')).metadata)
  })

  it('goes on where it stopped: what is there and the same is read, compared and left', async () => {
    const { storage } = await filled()
    const to = createMemoryStorage()
    to.failNextWith('UNAVAILABLE', { operation: 'store' })
    expect(await failureOf(copyCredentials(storage, to))).toMatchObject({ code: 'UNAVAILABLE' })
    await copyCredentials(storage, to, { prefix: 'app/1' })
    expect(done(await copyCredentials(storage, to))).toEqual({
      'app/0': 'created',
      'app/1': 'unchanged',
      'app/2': 'created',
    })
    expect(await copyCredentials(storage, to)).toMatchObject({ keyring: 'unchanged' })
  })

  it('takes only what is selected', async () => {
    const { storage } = await filled()
    expect(done(await copyCredentials(storage, createMemoryStorage(), { scope: parseScopeId('org:a') }))).toEqual({
      'app/0': 'created',
    })
    expect(done(await copyCredentials(storage, createMemoryStorage(), { tags: { team: 'other' } }))).toEqual({})
  })

  it('does nothing on a dry run, and says what it would do', async () => {
    const { storage } = await filled(1)
    const to = createMemoryStorage()
    const report = await copyCredentials(storage, to, { dryRun: true, removeFromSource: true })
    expect(done(report)).toEqual({ 'app/0': 'created' })
    expect(report.keyring).toBe('created')
    expect(await collect(to.list())).toEqual([])
    expect(await storage.exists('app/0')).toBe(true)
  })

  it('leaves what differs at the destination, unless told to replace it', async () => {
    const from = await filled(1)
    const to = createMemoryStorage()
    await copyCredentials(from.storage, to)
    await from.manager.store('app/0', 'newer')
    const refused = await copyCredentials(from.storage, to, { removeFromSource: true })
    expect(done(refused)).toEqual({ 'app/0': 'ALREADY_EXISTS' })
    expect((await vault(to).manager.retrieve('app/0')).value.reveal()).toBe('value 0')
    expect(await from.storage.exists('app/0')).toBe(true)
    expect(done(await copyCredentials(from.storage, to, { overwrite: true }))).toEqual({ 'app/0': 'replaced' })
    expect((await vault(to).manager.retrieve('app/0')).value.reveal()).toBe('newer')
  })

  it('removes from the source only what was read back and found the same', async () => {
    const from = await filled(2)
    const to = createMemoryStorage()
    const lossy: AnyCredentialStorage = {
      ...to,
      async store(id, record, options) {
        const value = id === 'app/1' ? Uint8Array.of(1) : record.value
        return to.store(id, { ...record, value }, options)
      },
    }
    const report = await copyCredentials(from.storage, lossy, { removeFromSource: true })
    expect(done(report)).toEqual({ 'app/0': 'created', 'app/1': 'DATA_LOSS' })
    expect(await from.storage.exists('app/0')).toBe(false)
    expect(await from.storage.exists('app/1')).toBe(true)
  })

  it('keeps a credential at the source that was written while it was copied', async () => {
    const from = await filled(1)
    const to = createMemoryStorage()
    const racing: AnyCredentialStorage = {
      ...to,
      async store(id, record, options) {
        const stored = await to.store(id, record, options)
        if (id === 'app/0') await from.manager.store('app/0', 'written meanwhile')
        return stored
      },
    }
    const report = await copyCredentials(from.storage, racing, { removeFromSource: true })
    expect(done(report)).toEqual({ 'app/0': 'CONFLICT' })
    expect((await from.manager.retrieve('app/0')).value.reveal()).toBe('written meanwhile')
  })

  it('refuses another vault, and seals anew for it when it is given both keyrings', async () => {
    const from = await filled(2)
    const to = vault(createMemoryStorage(), rawKey(randomBytes(32)))
    await to.manager.store('own', 'x')
    expect(await failureOf(copyCredentials(from.storage, to.storage))).toMatchObject({ code: 'CONFLICT' })
    const reseal = { from: from.keyring, to: to.keyring }
    expect(done(await copyCredentials(from.storage, to.storage, { reseal }))).toEqual({
      'app/0': 'created',
      'app/1': 'created',
    })
    expect((await to.manager.retrieve('app/1')).value.reveal()).toBe('value 1')
    expect((await to.manager.retrieve('own')).value.reveal()).toBe('x')
    expect(done(await copyCredentials(from.storage, to.storage, { reseal }))).toEqual({
      'app/0': 'unchanged',
      'app/1': 'unchanged',
    })
  })

  it('brings a newer keyring of the same vault along, and keeps a newer one', async () => {
    const from = await filled(1)
    const to = createMemoryStorage()
    await copyCredentials(from.storage, to)
    await from.keyring.rotate()
    await from.manager.store('app/0', 'sealed with the new key')
    expect(await copyCredentials(from.storage, to, { overwrite: true })).toMatchObject({
      keyring: 'replaced',
      failed: 0,
    })
    expect((await vault(to).manager.retrieve('app/0')).value.reveal()).toBe('sealed with the new key')
    const ahead = vault(to)
    await ahead.keyring.rotate()
    expect(await copyCredentials(from.storage, to)).toMatchObject({ keyring: 'unchanged' })
  })

  it('tells what the destination cannot hold before it writes, also on a dry run', async () => {
    const from = vault()
    await from.manager.store('app/large', 'x'.repeat(5000))
    const to = createMemoryStorage({ limits: { maxValueBytes: 4000 } })
    expect(done(await copyCredentials(from.storage, to, { dryRun: true }))).toEqual({ 'app/large': 'INVALID_ARGUMENT' })
  })

  it('writes without conditions where the destination has none', async () => {
    const from = await filled(1)
    const to = createMemoryStorage()
    const plain: AnyCredentialStorage = {
      ...to,
      capabilities: { ...to.capabilities, compareAndSet: false },
      store: (id, record, options) => {
        expect(options).not.toHaveProperty('ifVersion')
        return to.store(id, record, options)
      },
    }
    expect(done(await copyCredentials(from.storage, plain))).toEqual({ 'app/0': 'created' })
  })

  it('stops when it is cancelled, and says what it did not do', async () => {
    const from = await filled(3)
    const controller = new AbortController()
    const report = await copyCredentials(from.storage, createMemoryStorage(), {
      concurrency: 1,
      signal: controller.signal,
      onProgress: () => controller.abort(),
    })
    expect(done(report)).toEqual({ 'app/0': 'created', 'app/1': 'CANCELLED', 'app/2': 'CANCELLED' })
  })

  it('names everything wrong with its options', async () => {
    const storage = createMemoryStorage()
    const wrong = { concurrency: 0, dryRun: 'yes' as never }
    expect((await failureOf(copyCredentials(storage, storage, wrong))).message).toMatch(
      /to[\s\S]*concurrency[\s\S]*dryRun/,
    )
  })
})
