import { Secret } from '@holdfast/contracts'
import { describe, expect, it } from 'vitest'
import { collect, createTestManager, failureOf } from '../../test/support/manager.ts'
import { database } from '../kinds/database.ts'

describe('store and retrieve', () => {
  it('stores text and retrieves it', async () => {
    const { manager } = createTestManager()
    const stored = await manager.store('db/main', 'hunter2', { tags: { env: 'live' } })
    const found = await manager.retrieve('db/main')
    expect(found.value.reveal()).toBe('hunter2')
    expect(found).toMatchObject({ id: 'db/main', kind: 'opaque', version: stored.version })
    expect(found.metadata).toEqual(stored.metadata)
    expect(found.metadata.tags).toEqual({ env: 'live' })
  })

  it('seals what it stores: the storage never sees the value', async () => {
    const { manager, storage } = createTestManager()
    await manager.store('a', 'planted-secret')
    const raw = await storage.retrieve('a')
    expect(raw.metadata.seal).toBeDefined()
    expect(Buffer.from(raw.value).toString('latin1')).not.toContain('planted-secret')
  })

  it.each([
    ['empty text', ''],
    ['text beyond ASCII', 'p\u00e4ssw\u00f6rt \u{1f511}\ufeff'],
    ['a megabyte of text', 'x'.repeat(1024 * 1024)],
    ['bytes', Uint8Array.of(0, 255, 10, 13)],
    ['no bytes', new Uint8Array()],
    ['plain data', { a: [1, null, true, { b: 'c' }], __proto__x: 1 }],
    ['a list', ['a', 'b']],
    ['an empty list', []],
  ])('round-trips %s', async (_name, value) => {
    const { manager } = createTestManager()
    await manager.store('a', value)
    expect((await manager.retrieve('a')).value.reveal()).toEqual(value)
  })

  it('takes a Secret for its value', async () => {
    const { manager } = createTestManager()
    await manager.store('a', new Secret('hunter2'))
    expect((await manager.retrieve('a')).value.equals(new Secret('hunter2'))).toBe(true)
  })

  it.each([
    ['an empty object', {}],
    ['a cloned Secret', structuredClone(new Secret('x'))],
    ['a Secret inside data', { password: new Secret('x') }],
    ['null', null],
    ['a number', 7],
    ['a Date', new Date(0)],
    ['NaN inside data', { a: Number.NaN }],
    ['a function inside data', { a: () => 1 }],
    ['a lone surrogate', '\ud800'],
    ['data with toJSON', { toJSON: 'x' }],
  ])('refuses %s as a value', async (_name, value) => {
    const { manager, storage } = createTestManager()
    const error = await failureOf(manager.store('a', value as string))
    expect(error).toMatchObject({ code: 'INVALID_ARGUMENT', reason: 'VALUE_MALFORMED' })
    expect(await storage.exists('a')).toBe(false)
  })

  it('refuses data that contains itself', async () => {
    const { manager } = createTestManager()
    const circle: Record<string, unknown> = {}
    circle.self = circle
    expect(await failureOf(manager.store('a', circle))).toMatchObject({ reason: 'VALUE_MALFORMED' })
  })

  it('rejects with NOT_FOUND when retrieving what is not there', async () => {
    const { manager } = createTestManager()
    expect(await failureOf(manager.retrieve('nobody'))).toMatchObject({ code: 'NOT_FOUND' })
    expect(await manager.exists('nobody')).toBe(false)
  })

  it('deletes, and deleting again says that nothing was there', async () => {
    const { manager } = createTestManager()
    await manager.store('a', 'x')
    expect(await manager.exists('a')).toBe(true)
    expect(await manager.delete('a')).toEqual({ deleted: true })
    expect(await failureOf(manager.retrieve('a'))).toMatchObject({ code: 'NOT_FOUND' })
    expect(await manager.delete('a')).toEqual({ deleted: false })
  })

  it('lists ids and metadata, by prefix and tags, and never the keyring', async () => {
    const { manager } = createTestManager()
    await manager.store('db/main', 'x', { tags: { env: 'live' } })
    await manager.store('db/test', 'x', { tags: { env: 'test' } })
    await manager.store('mail', 'x')
    const ids = async (stream: AsyncIterable<{ id: string }>): Promise<string[]> =>
      (await collect(stream)).map(({ id }) => id).sort()
    expect(await ids(manager.list())).toEqual(['db/main', 'db/test', 'mail'])
    expect(await ids(manager.list({ prefix: 'db/' }))).toEqual(['db/main', 'db/test'])
    expect(await ids(manager.list({ tags: { env: 'live' } }))).toEqual(['db/main'])
    expect(await ids(manager.list({ prefix: '.holdfast' }))).toEqual([])
    expect(await collect(manager.list({ prefix: 'mail', include: 'id' }))).toEqual([{ id: 'mail' }])
  })

  it.each(['.holdfast/keyring', '.holdfast', '.holdfast/x'])('refuses the reserved id %s in every call', async (id) => {
    const { manager } = createTestManager()
    await manager.store('a', 'x')
    const refused = { code: 'INVALID_ARGUMENT', reason: 'ID_INVALID' }
    const calls = [
      manager.store(id, 'x'),
      manager.update(id, 'x'),
      manager.retrieve(id),
      manager.delete(id),
      manager.exists(id),
      manager.history(id),
      manager.rollback(id, '1'),
      manager.recover(id),
      manager.purge(id),
      manager.validate(id),
    ]
    for (const call of calls) expect(await failureOf(call)).toMatchObject(refused)
  })

  it('keeps the creation time and the scope when a duplicate id is overwritten, and replaces the rest', async () => {
    const { manager, clock } = createTestManager()
    const first = await manager.store('a', 'one', { tags: { t: '1' }, kind: 'api-key' })
    clock.advance(1000)
    const second = await manager.store('a', 'two')
    expect(second.metadata.createdAt).toBe(first.metadata.createdAt)
    expect(second.metadata.updatedAt > first.metadata.updatedAt).toBe(true)
    expect(second.metadata).toMatchObject({ tags: {}, kind: 'opaque' })
    expect(second.version).not.toBe(first.version)
    expect((await manager.retrieve('a')).value.reveal()).toBe('two')
  })

  it('refuses a duplicate id when told to, by option or by call', async () => {
    const { manager, other } = createTestManager()
    await manager.store('a', 'one')
    expect(await failureOf(manager.store('a', 'two', { onDuplicate: 'refuse' }))).toMatchObject({
      code: 'ALREADY_EXISTS',
    })
    const careful = other({ onDuplicate: 'refuse' })
    expect(await failureOf(careful.store('a', 'two'))).toMatchObject({ code: 'ALREADY_EXISTS' })
    await careful.store('a', 'two', { onDuplicate: 'overwrite' })
    expect((await manager.retrieve('a')).value.reveal()).toBe('two')
  })

  it('writes only over the version it is given', async () => {
    const { manager } = createTestManager()
    const { version } = await manager.store('a', 'one', { ifVersion: null })
    await manager.store('a', 'two', { ifVersion: version })
    const conflict = { code: 'CONFLICT', reason: 'VERSION_MISMATCH' }
    expect(await failureOf(manager.store('a', 'three', { ifVersion: version }))).toMatchObject(conflict)
    expect(await failureOf(manager.store('a', 'three', { ifVersion: null }))).toMatchObject(conflict)
    expect(await failureOf(manager.store('b', 'three', { ifVersion: version }))).toMatchObject(conflict)
    expect(await failureOf(manager.delete('a', { ifVersion: version }))).toMatchObject({ code: 'CONFLICT' })
    expect(await failureOf(manager.store('a', 'x', { ifVersion: null, onDuplicate: 'refuse' }))).toMatchObject({
      reason: 'OPTIONS_INVALID',
    })
    expect((await manager.retrieve('a')).value.reveal()).toBe('two')
  })

  it('updates only what exists, keeping kind and tags', async () => {
    const { manager } = createTestManager()
    expect(await failureOf(manager.update('a', 'x'))).toMatchObject({ code: 'NOT_FOUND' })
    await manager.store('a', 'one', { kind: 'api-key', tags: { t: '1' }, expiresAt: '2027-01-01T00:00:00Z' })
    const updated = await manager.update('a', 'two')
    expect(updated.metadata).toMatchObject({ kind: 'api-key', tags: { t: '1' } })
    expect(updated.metadata.expiresAt).toBeUndefined()
    expect(await failureOf(manager.update('a', 'not a key'))).toMatchObject({ reason: 'VALUE_MALFORMED' })
  })

  it('stores and retrieves by reference in the form of its kind', async () => {
    const { manager } = createTestManager()
    await manager.store(database('db/main'), 'postgresql://app:p%40ss@db.internal:5432/orders?sslmode=require')
    const { value, kind } = await manager.retrieve(database('db/main'))
    expect(kind).toBe('database')
    expect(value.reveal()).toEqual({
      engine: 'postgres',
      host: 'db.internal',
      port: 5432,
      username: 'app',
      password: 'p@ss',
      database: 'orders',
      parameters: 'sslmode=require',
    })
  })
})
