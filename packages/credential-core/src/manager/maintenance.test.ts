import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createCache } from '@holdfast/cache'
import { parseScopeId } from '@holdfast/contracts'
import { createMemoryStorage } from '@holdfast/storage-memory'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { collect, createTestManager, failureOf } from '../../test/support/manager.ts'
import { createKeyring } from '../keyring/create-keyring.ts'
import { rawKey } from '../keyring/raw-key.ts'
import { createCredentialManager } from './create-credential-manager.ts'

describe('rekey', () => {
  it('seals every record anew under the active key and forgets cached versions', async () => {
    const { manager, other, storage, keyring } = createTestManager()
    await manager.storeBatch(['a', 'b', 'c'].map((target) => ({ target, value: target })))
    const cached = other({ cache: createCache({ capacity: 10 }) })
    const before = await cached.retrieve('a')
    await keyring.rotate()
    expect(await cached.rekey()).toMatchObject({ resealed: 3, failed: 0 })
    const after = await cached.retrieve('a')
    expect(after.version).not.toBe(before.version)
    expect(after.value.reveal()).toBe('a')
    const { activeKey } = await keyring.open()
    expect((await storage.retrieve('b')).metadata.seal?.keyId).toBe(activeKey.id)
  })

  it('is refused without a keyring and under a scope', async () => {
    const { other } = createTestManager()
    const keyless = other({ sealing: 'backend', keyring: undefined })
    expect(await failureOf(keyless.rekey())).toMatchObject({ code: 'INVALID_ARGUMENT', reason: 'KEYRING_MISSING' })
    const bound = other({ scope: parseScopeId('org:acme') })
    expect(await failureOf(bound.rekey())).toMatchObject({ reason: 'SCOPE_VIOLATION' })
  })
})

describe('repair', () => {
  it('is refused where the storage cannot', async () => {
    const { manager, storage, other } = createTestManager()
    const plain = other({ storage: { ...storage, capabilities: { ...storage.capabilities, repair: false } } })
    expect(await failureOf(plain.repair('a'))).toMatchObject({ code: 'UNSUPPORTED' })
    await expect(collect(plain.quarantined())).rejects.toMatchObject({ code: 'UNSUPPORTED' })
    void manager
  })

  it('brings the newest readable version back and tells of it', async () => {
    const { manager, storage, other } = createTestManager()
    const one = await manager.store('a', 'one')
    const events: unknown[] = []
    const quarantined = [{ id: 'a', file: '/x', problem: 'damaged', quarantinedAt: '2026-01-01T00:00:00.000Z' }]
    const repairing = other({
      cache: createCache({ capacity: 10 }),
      storage: {
        ...storage,
        capabilities: { ...storage.capabilities, repair: true },
        repair: async (id) => ({ id, quarantined, restored: { from: one.version, version: one.version } }),
        quarantined: async function* () {
          yield* quarantined
        },
      },
    })
    repairing.on('credential.repaired', (event) => void events.push(event))
    await repairing.retrieve('a')
    expect(await repairing.repair('a')).toMatchObject({ quarantined, restored: { version: one.version } })
    expect(repairing.cacheStatistics().size).toBe(0)
    expect(await collect(repairing.quarantined())).toEqual(quarantined)
    expect(events).toEqual([{ at: '2026-01-01T00:00:00.000Z', id: 'a', quarantined: 1 }])
  })
})

describe('anchor', () => {
  let directory = ''
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'holdfast-anchor-'))
  })
  afterEach(() => rm(directory, { recursive: true, force: true }))

  const anchored = () => {
    const storage = createMemoryStorage()
    const keyring = createKeyring({
      storage,
      unlock: [rawKey(randomBytes(32))],
      createIfMissing: true,
      anchorDirectory: join(directory, 'anchor'),
    })
    return { storage, keyring, manager: createCredentialManager({ storage, keyring }) }
  }

  it('finds a record that was put back from an older copy, and one that was taken away', async () => {
    const { storage, manager } = anchored()
    await manager.store('a', 'one')
    const old = await storage.retrieve('a')
    await manager.store('a', 'two')
    expect((await manager.retrieve('a')).value.reveal()).toBe('two')
    await storage.store('a', old)
    const rolledBack = { code: 'DATA_LOSS', reason: 'ROLLED_BACK' }
    expect(await failureOf(manager.retrieve('a'))).toMatchObject(rolledBack)
    expect(await manager.validate('a')).toMatchObject({
      status: 'invalid',
      reasons: ['the record is older than one that was seen before'],
    })
    expect(await failureOf(manager.store('a', 'three'))).toMatchObject(rolledBack)
    await storage.delete('a')
    expect(await failureOf(manager.retrieve('a'))).toMatchObject(rolledBack)
    expect(await failureOf(manager.exists('a'))).toMatchObject(rolledBack)
  })

  it('accepts every legal change: store, update, delete, create anew, recover, rollback, rekey', async () => {
    const { manager, keyring } = anchored()
    expect(await manager.exists('a')).toBe(false)
    const one = await manager.store('a', 'one')
    await manager.update('a', 'two')
    await manager.rollback('a', one.version)
    expect((await manager.retrieve('a')).value.reveal()).toBe('one')
    await manager.delete('a')
    expect(await failureOf(manager.retrieve('a'))).toMatchObject({ code: 'NOT_FOUND' })
    expect(await manager.delete('a')).toEqual({ deleted: false })
    await manager.recover('a')
    expect((await manager.retrieve('a')).value.reveal()).toBe('one')
    await manager.delete('a')
    await manager.store('a', 'three', { onDuplicate: 'refuse' })
    await keyring.rotate()
    await manager.rekey()
    expect((await manager.retrieve('a')).value.reveal()).toBe('three')
  })

  it('finds a deleted record that came back from an older copy', async () => {
    const { storage, manager } = anchored()
    await manager.store('a', 'one')
    const old = await storage.retrieve('a')
    await manager.delete('a')
    await storage.store('a', old)
    expect(await failureOf(manager.retrieve('a'))).toMatchObject({ code: 'DATA_LOSS', reason: 'ROLLED_BACK' })
    expect(await manager.delete('a')).toEqual({ deleted: true })
    expect(await failureOf(manager.retrieve('a'))).toMatchObject({ code: 'NOT_FOUND' })
  })

  it('lets a damaged record be deleted and be rolled back', async () => {
    const { storage, manager } = anchored()
    const one = await manager.store('a', 'one')
    await manager.store('a', 'two')
    const damage = async (): Promise<void> => {
      const record = await storage.retrieve('a')
      await storage.store('a', { ...record, value: record.value.map((byte) => byte ^ 1) })
    }
    await damage()
    await manager.rollback('a', one.version)
    expect((await manager.retrieve('a')).value.reveal()).toBe('one')
    await damage()
    expect(await manager.delete('a')).toEqual({ deleted: true })
    expect(await failureOf(manager.retrieve('a'))).toMatchObject({ code: 'NOT_FOUND' })
  })

  it('takes a credential of which repair left nothing for deleted', async () => {
    const { storage, keyring, manager } = anchored()
    await manager.store('a', 'one')
    const repairing = createCredentialManager({
      keyring,
      storage: {
        ...storage,
        capabilities: { ...storage.capabilities, repair: true },
        async repair(id) {
          await storage.delete(id)
          return { id, quarantined: [] }
        },
      },
    })
    await repairing.repair('a')
    expect(await failureOf(repairing.retrieve('a'))).toMatchObject({ code: 'NOT_FOUND' })
  })
})
