import { createCache } from '@holdfast/cache'
import { parseScopeId } from '@holdfast/contracts'
import type { CredentialChange } from '@holdfast/contracts/credentials'
import { describe, expect, it } from 'vitest'
import { collect, createTestManager, failureOf } from '../../test/support/manager.ts'
import { apiKey } from '../kinds/api-key.ts'

const acme = parseScopeId('org:acme')
const team = parseScopeId('org:acme/team:eng')
const other = parseScopeId('org:other')

/** Starts a watch and gives its changes one by one. */
const begin = (
  stream: AsyncIterable<CredentialChange>,
): { next(): Promise<CredentialChange | undefined>; end(): Promise<unknown> } => {
  const iterator = stream[Symbol.asyncIterator]()
  let pending: Promise<IteratorResult<CredentialChange>> | undefined = iterator.next()
  return {
    async next() {
      const result = await (pending ?? iterator.next())
      pending = undefined
      return result.done ? undefined : result.value
    },
    end: () => Promise.resolve(iterator.return?.()),
  }
}

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

describe('watch', () => {
  it('can be left while it waits, also within a scope and as a source', async () => {
    const { manager } = createTestManager()
    await manager.store('a', 'x', { scope: acme })
    const streams = [manager.watch(), manager.withScope(acme).watch(), manager.source('a').watch?.() ?? manager.watch()]
    for (const stream of streams) {
      const iterator: AsyncIterator<unknown> = stream[Symbol.asyncIterator]()
      const next = iterator.next()
      await settle()
      await settle()
      expect(await iterator.return?.()).toMatchObject({ done: true })
      expect(await next).toMatchObject({ done: true })
    }
  })

  it('tells of stores and deletes, not of the keyring, and ends with its signal', async () => {
    const { manager } = createTestManager()
    const abort = new AbortController()
    const watch = begin(manager.watch({ signal: abort.signal }))
    await settle()
    const { version } = await manager.store('a', 'x')
    expect(await watch.next()).toMatchObject({ type: 'stored', id: 'a', version })
    await manager.delete('a')
    expect(await watch.next()).toMatchObject({ type: 'deleted', id: 'a' })
    abort.abort()
    expect(await watch.next()).toBeUndefined()
  })

  it('ends when the manager is closed, and goes on after a cursor', async () => {
    const { manager, other: make } = createTestManager()
    const watch = begin(manager.watch())
    await settle()
    await manager.store('a', 'x')
    const change = await watch.next()
    await manager.store('b', 'x')
    await manager.close()
    while ((await watch.next()) !== undefined);
    const resumed = begin(make().watch({ cursor: change?.cursor }))
    expect(await resumed.next()).toMatchObject({ id: 'b' })
    await resumed.end()
  })

  it('forgets the cached value before it tells of the change', async () => {
    const { manager, other: make } = createTestManager()
    const cached = make({ cache: createCache({ capacity: 10 }) })
    await manager.store('a', 'one')
    await cached.retrieve('a')
    const watch = begin(cached.watch())
    await settle()
    await manager.store('a', 'two')
    expect(await watch.next()).toMatchObject({ id: 'a' })
    expect((await cached.retrieve('a')).value.reveal()).toBe('two')
    await watch.end()
  })

  it('forgets everything when changes may have been missed', async () => {
    const { manager, storage } = createTestManager({ cache: createCache({ capacity: 10 }) })
    await manager.store('a', 'x')
    await manager.retrieve('a')
    const watch = begin(manager.watch())
    await settle()
    storage.clear()
    expect(await watch.next()).toMatchObject({ type: 'resynced' })
    expect(manager.cacheStatistics().size).toBe(0)
    await watch.end()
  })

  it('under a scope leaves out what lies outside it', async () => {
    const { manager } = createTestManager()
    await manager.store('mine', 'x', { scope: acme })
    await manager.store('theirs', 'x', { scope: other })
    const watch = begin(manager.withScope(acme).watch())
    await settle()
    await manager.store('theirs', 'y')
    await manager.store('unscoped', 'y')
    const { version } = await manager.store('child', 'y', { scope: team })
    expect(await watch.next()).toMatchObject({ type: 'stored', id: 'child', version })
    await manager.delete('mine')
    expect(await watch.next()).toMatchObject({ type: 'deleted', id: 'mine' })
    await watch.end()
  })

  it('under a scope says once that something may have been missed, and never whose deletion it was', async () => {
    const { manager } = createTestManager()
    await manager.store('theirs', 'x', { scope: other })
    await manager.store('theirs too', 'x', { scope: other })
    const watch = begin(manager.withScope(acme).watch())
    await settle()
    await manager.delete('theirs')
    expect(await watch.next()).toMatchObject({ type: 'resynced', id: '' })
    await manager.delete('theirs too')
    await manager.store('mine', 'x', { scope: acme })
    expect(await watch.next()).toMatchObject({ type: 'stored', id: 'mine' })
    await watch.end()
  })

  it('under a scope tells of the deletion of what came back outside the scope, and keeps quiet about damage', async () => {
    const { manager, storage } = createTestManager()
    await manager.store('a', 'x', { scope: acme })
    const watch = begin(manager.withScope(acme).watch())
    await settle()
    await manager.delete('a')
    await manager.store('a', 'x', { scope: other })
    expect(await watch.next()).toMatchObject({ type: 'deleted', id: 'a' })
    const record = await storage.retrieve('a')
    await storage.store('a', { ...record, metadata: { ...record.metadata, scope: acme } })
    await manager.store('b', 'x', { scope: acme })
    expect(await watch.next()).toMatchObject({ type: 'stored', id: 'b' })
    await watch.end()
  })

  it('passes on what the storage says, and refuses a scope outside its own', async () => {
    const { manager, storage } = createTestManager()
    storage.failNextWith('UNAVAILABLE', { operation: 'watch' })
    await expect(collect(manager.watch())).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    storage.failNextWith('UNAVAILABLE', { operation: 'watch' })
    await expect(collect(manager.withScope(acme).watch())).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    await expect(collect(manager.withScope(acme).watch({ context: { scope: other } }))).rejects.toMatchObject({
      reason: 'SCOPE_VIOLATION',
    })
  })
})

describe('source', () => {
  it('gives the value with version and expiry, fresh when asked', async () => {
    const { manager, other: make } = createTestManager()
    const cached = make({ cache: createCache({ capacity: 10 }) })
    const stored = await manager.store(apiKey('a'), 'one', { expiresAt: '2027-01-01T00:00:00Z' })
    const source = cached.source(apiKey('a'))
    const found = await source.retrieve()
    expect(found).toEqual({ value: found.value, version: stored.version, expiresAt: '2027-01-01T00:00:00.000Z' })
    await manager.store(apiKey('a'), 'two')
    expect((await source.retrieve()).value.reveal()).toBe('one')
    const fresh = await source.retrieve({ fresh: true })
    expect(fresh.value.reveal()).toBe('two')
    expect(fresh.expiresAt).toBeUndefined()
  })

  it('is bound to the scope of its view', async () => {
    const { manager } = createTestManager()
    await manager.store('a', 'x', { scope: other })
    expect(await failureOf(manager.withScope(acme).source('a').retrieve())).toMatchObject({ reason: 'SCOPE_VIOLATION' })
    expect(await failureOf(manager.source('a', { context: { scope: acme } }).retrieve())).toMatchObject({
      reason: 'SCOPE_VIOLATION',
    })
  })

  it('watches its own credential only, and looks again after a gap', async () => {
    const { manager, storage } = createTestManager()
    await manager.store('a', 'x')
    const watched = manager.source('a').watch?.()
    const iterator = watched?.[Symbol.asyncIterator]()
    const first = iterator?.next()
    await settle()
    await manager.store('a/b', 'x')
    const { version } = await manager.store('a', 'y')
    expect((await first)?.value).toEqual({ version })
    await manager.delete('a')
    expect((await iterator?.next())?.value).toEqual({})
    storage.clear()
    expect((await iterator?.next())?.value).toEqual({})
    await iterator?.return?.(undefined)
  })

  it('says what is there now when changes may have been missed', async () => {
    const { manager, storage, other: make } = createTestManager()
    const { version } = await manager.store('a', 'x')
    const gap = make({
      storage: {
        ...storage,
        watch: async function* () {
          yield { type: 'resynced', id: '', cursor: '1' } as const
        },
      },
    })
    const changes: unknown[] = []
    for await (const change of gap.source('a').watch?.() ?? []) changes.push(change)
    for await (const change of gap.source('nobody').watch?.() ?? []) changes.push(change)
    expect(changes).toEqual([{ version }, {}])
    storage.failNextWith('UNAVAILABLE')
    await expect(collect(gap.source('a').watch?.() ?? manager.watch())).rejects.toMatchObject({ code: 'UNAVAILABLE' })
  })

  it('refuses an id that no credential can have', () => {
    const { manager } = createTestManager()
    expect(() => manager.source('.holdfast/keyring')).toThrow(/reserved/)
  })
})
