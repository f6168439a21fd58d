import { createCache } from '@holdfast/cache'
import { parseScopeId } from '@holdfast/contracts'
import { createMemoryStorage } from '@holdfast/storage-memory'
import { describe, expect, it } from 'vitest'
import { collect, createTestManager, failureOf } from '../../test/support/manager.ts'
import { createCredentialManager } from './create-credential-manager.ts'

describe('close', () => {
  it('refuses every later call with CLOSED, of views too, and a second close is the first', async () => {
    const { manager } = createTestManager({ cache: createCache({ capacity: 10 }) })
    const view = manager.withScope(parseScopeId('org:acme'))
    await manager.store('a', 'x')
    await manager.retrieve('a')
    const closing = manager.close()
    expect(manager.close()).toBe(closing)
    await closing
    await manager[Symbol.asyncDispose]()
    const calls = [
      manager.store('a', 'x'),
      manager.update('a', 'x'),
      manager.retrieve('a'),
      manager.retrieveScoped('a', { scope: parseScopeId('org:acme') }),
      manager.delete('a'),
      manager.exists('a'),
      manager.history('a'),
      manager.rollback('a', '1'),
      manager.recover('a'),
      manager.purge('a'),
      manager.validate('a'),
      manager.validateBatch(['a']),
      manager.storeBatch([]),
      manager.retrieveBatch([]),
      manager.deleteBatch([]),
      manager.health(),
      manager.source('a').retrieve(),
      view.retrieve('a'),
      collect(manager.list()),
      collect(manager.listDeleted()),
      collect(manager.watch()),
      collect(view.list()),
    ]
    for (const call of calls) expect(await failureOf(call)).toMatchObject({ code: 'CLOSED' })
  })

  it('closes nothing that was passed in', async () => {
    const { manager, storage, keyring } = createTestManager()
    await manager.store('a', 'x')
    await manager.close()
    expect(await storage.exists('a')).toBe(true)
    expect((await keyring.open()).slots).toHaveLength(1)
  })

  it('waits for what is under way, then rejects it', async () => {
    const { manager, clock } = createTestManager({ memory: { latencyMs: 100 } })
    const write = manager.store('a', 'x')
    const closing = manager.close({ deadlineMs: 10_000 })
    for (let step = 0; step < 20; step++) await clock.advanceAsync(100)
    await closing
    expect((await write).id).toBe('a')

    const second = createTestManager({ memory: { latencyMs: 100 } })
    const hanging = failureOf(second.manager.store('a', 'x'))
    const closed = second.manager.close({ deadlineMs: 50 })
    await second.clock.advanceAsync(50)
    expect(await hanging).toMatchObject({ code: 'CLOSED' })
    await closed
  })

  it('ends a list that is being read', async () => {
    const { manager } = createTestManager()
    await manager.storeBatch([
      { target: 'a', value: 'x' },
      { target: 'b', value: 'x' },
    ])
    const list = manager.list()[Symbol.asyncIterator]()
    await list.next()
    await manager.close()
    await expect(list.next()).rejects.toMatchObject({ code: 'CLOSED' })
  })
})

describe('createCredentialManager', () => {
  it('refuses to be made without a keyring unless told to store readable values, and shows both ways out', () => {
    const storage = createMemoryStorage()
    expect(() => createCredentialManager({ storage })).toThrow(/keyring: createKeyring\(.*sealing: 'backend'/s)
    expect(() => createCredentialManager({ storage, sealing: 'backend' })).not.toThrow()
    expect(() => createCredentialManager({ storage, sealing: 'backend', keyring: {} as never })).toThrow(/keyring/)
  })

  it('refuses options that are none', () => {
    for (const options of [undefined, null, 7])
      expect(() => createCredentialManager(options as never)).toThrow(/options/)
    expect(() =>
      createCredentialManager({ storage: createMemoryStorage(), sealing: 'backend', kinds: 'x' as never }),
    ).toThrow(/kinds/)
    expect(() =>
      createCredentialManager({ storage: createMemoryStorage(), sealing: 'backend', cacheTtlMs: 5 }),
    ).toThrow(/together with a cache/)
  })

  it.each([0, -1, Number.NaN, 'x'])('refuses a cacheTtlMs of %s', (cacheTtlMs) => {
    const options = { storage: createMemoryStorage(), sealing: 'backend', cache: createCache({ capacity: 1 }) } as const
    expect(() => createCredentialManager({ ...options, cacheTtlMs: cacheTtlMs as number })).toThrow(/cacheTtlMs/)
  })

  it('says how its storage does', async () => {
    const { manager } = createTestManager()
    expect(await manager.health()).toMatchObject({ status: 'up' })
  })
})
