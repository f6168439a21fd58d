import { createCache } from '@holdfast/cache'
import { HoldfastError } from '@holdfast/contracts'
import type { AnyCredentialStorage } from '@holdfast/contracts/credentials'
import { createFakeClock } from '@holdfast/testkit'
import { describe, expect, it } from 'vitest'
import { createTestManager, failureOf, recordingLogger } from '../../test/support/manager.ts'
import type { CacheFreshnessOptions } from './cache-freshness.ts'
import { createCredentialManager } from './create-credential-manager.ts'
import type { CredentialManager } from './credential-manager.ts'

const failure = (code: 'UNAVAILABLE' | 'PERMISSION_DENIED' | 'UNAUTHENTICATED' | 'NOT_FOUND'): HoldfastError =>
  new HoldfastError({ code, source: 'test', operation: 'retrieve', message: 'No.', hint: 'None.' })

/** A manager whose storage counts its reads of credentials, holds them on request and fails on request. */
const subject = async (options: CacheFreshnessOptions) => {
  const { storage, clock, keyring } = createTestManager()
  const logger = recordingLogger()
  const state = {
    reads: 0,
    failWith: undefined as HoldfastError | undefined,
    held: [] as (() => void)[],
    isHeld: false,
  }
  const counted: AnyCredentialStorage = {
    ...storage,
    async retrieve(id, retrieveOptions) {
      if (id.startsWith('.holdfast')) return storage.retrieve(id, retrieveOptions)
      state.reads += 1
      if (state.isHeld) await new Promise<void>((resolve) => state.held.push(resolve))
      if (state.failWith !== undefined) throw state.failWith
      return storage.retrieve(id, retrieveOptions)
    },
  }
  const manager = createCredentialManager({
    storage: counted,
    keyring,
    clock,
    logger,
    cache: createCache({ capacity: 100, clock }),
    cacheTtlMs: 1000,
    cacheTtlJitter: 0,
    ...options,
  })
  const writer = createCredentialManager({ storage, keyring, clock })
  await writer.store('a', 'one')
  return { manager, writer, clock, state, logger }
}

const read = async (manager: CredentialManager, id = 'a'): Promise<unknown> =>
  (await manager.retrieve(id)).value.reveal()
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

describe('stale while it is read anew', () => {
  it('answers the old value at once, reads once behind the scenes, then answers the new one', async () => {
    const { manager, writer, clock, state } = await subject({ cacheStaleWhileRevalidateMs: 5000 })
    expect(await read(manager)).toBe('one')
    await writer.store('a', 'two')
    clock.advance(1001)
    state.isHeld = true
    expect(await Promise.all([read(manager), read(manager), read(manager)])).toEqual(['one', 'one', 'one'])
    expect(state.reads).toBe(2)
    for (const release of state.held) release()
    await settle()
    expect(await read(manager)).toBe('two')
    expect(state.reads).toBe(2)
    expect(manager.cacheStatistics()).toMatchObject({ misses: 1, staleHits: 3 })
  })

  it('waits for the storage after the window', async () => {
    const { manager, writer, clock } = await subject({ cacheStaleWhileRevalidateMs: 5000 })
    await read(manager)
    await writer.store('a', 'two')
    clock.advance(6001)
    expect(await read(manager)).toBe('two')
  })

  it('never outlives the expiry of the credential', async () => {
    const { manager, writer, clock, state } = await subject({ cacheStaleWhileRevalidateMs: 50_000 })
    await writer.store('b', 'short', { expiresAt: new Date(clock.wallNow() + 2000) })
    await read(manager, 'b')
    const before = state.reads
    clock.advance(2000)
    await read(manager, 'b')
    expect(state.reads).toBe(before + 1)
    expect(manager.cacheStatistics().staleHits).toBe(0)
  })

  it.each(['UNAUTHENTICATED', 'PERMISSION_DENIED', 'NOT_FOUND'] as const)(
    'forgets the value when reading it anew ends with %s',
    async (code) => {
      const { manager, clock, state } = await subject({ cacheStaleWhileRevalidateMs: 5000, cacheStaleIfErrorMs: 5000 })
      await read(manager)
      clock.advance(1001)
      state.failWith = failure(code)
      expect(await read(manager)).toBe('one')
      await settle()
      expect(await failureOf(manager.retrieve('a'))).toMatchObject({ code })
    },
  )

  it('is not asked at every hit while the storage is down', async () => {
    const { manager, clock, state, logger } = await subject({ cacheStaleWhileRevalidateMs: 60_000 })
    await read(manager)
    clock.advance(1001)
    state.failWith = failure('UNAVAILABLE')
    for (let hit = 0; hit < 50; hit++) {
      await read(manager)
      await settle()
    }
    expect(state.reads).toBe(2)
    clock.advance(1000)
    await read(manager)
    await settle()
    expect(state.reads).toBe(3)
    expect(logger.lines.filter(({ level }) => level === 'warn')).toHaveLength(2)
  })

  it('a change by this manager is never answered stale', async () => {
    const { manager, clock, state } = await subject({ cacheStaleWhileRevalidateMs: 60_000 })
    await read(manager)
    clock.advance(1001)
    state.isHeld = true
    expect(await read(manager)).toBe('one')
    state.isHeld = false
    await manager.store('a', 'three')
    for (const release of state.held) release()
    await settle()
    expect(await read(manager)).toBe('three')
  })
})

describe('stale when the storage cannot be reached', () => {
  it('answers the old value until the window ends, and the error after it', async () => {
    const { manager, clock, state, logger } = await subject({ cacheStaleIfErrorMs: 5000 })
    await read(manager)
    clock.advance(1001)
    state.failWith = failure('UNAVAILABLE')
    expect(await read(manager)).toBe('one')
    // The next one does not wait to learn the same again.
    expect(await read(manager)).toBe('one')
    expect(state.reads).toBe(2)
    expect(logger.lines.some(({ message }) => message.includes('cannot be reached'))).toBe(true)
    clock.advance(5000)
    expect(await failureOf(manager.retrieve('a'))).toMatchObject({ code: 'UNAVAILABLE' })
  })

  it.each(['UNAUTHENTICATED', 'PERMISSION_DENIED'] as const)('never after %s', async (code) => {
    const { manager, clock, state } = await subject({ cacheStaleIfErrorMs: 5000 })
    await read(manager)
    clock.advance(1001)
    state.failWith = failure(code)
    expect(await failureOf(manager.retrieve('a'))).toMatchObject({ code })
    state.failWith = failure('UNAVAILABLE')
    expect(await failureOf(manager.retrieve('a'))).toMatchObject({ code: 'UNAVAILABLE' })
  })

  it('never what was invalidated while the storage was asked', async () => {
    const { manager, clock, state } = await subject({ cacheStaleIfErrorMs: 5000 })
    await read(manager)
    clock.advance(1001)
    state.isHeld = true
    state.failWith = failure('UNAVAILABLE')
    const reading = failureOf(manager.retrieve('a'))
    await settle()
    manager.clearCacheFor('a')
    for (const release of state.held) release()
    expect(await reading).toMatchObject({ code: 'UNAVAILABLE' })
  })

  it('`fresh` asks past everything that is kept', async () => {
    const { manager, clock, state } = await subject({ cacheStaleIfErrorMs: 5000, cacheStaleWhileRevalidateMs: 5000 })
    await read(manager)
    clock.advance(1001)
    state.failWith = failure('UNAVAILABLE')
    expect(await failureOf(manager.retrieve('a', { fresh: true }))).toMatchObject({ code: 'UNAVAILABLE' })
  })
})

describe('what is not there', () => {
  it('is remembered for its time, and forgotten by a write', async () => {
    const { manager, writer, clock, state } = await subject({ cacheNotFoundTtlMs: 1000 })
    expect(await failureOf(manager.retrieve('b'))).toMatchObject({ code: 'NOT_FOUND' })
    expect(await failureOf(manager.retrieve('b'))).toMatchObject({ code: 'NOT_FOUND' })
    expect(state.reads).toBe(1)
    expect(manager.cacheStatistics()).toMatchObject({ hits: 1, notFoundHits: 1, misses: 1 })
    await writer.store('b', 'made elsewhere')
    clock.advance(1001)
    expect(await read(manager, 'b')).toBe('made elsewhere')
    expect(await failureOf(manager.retrieve('c'))).toMatchObject({ code: 'NOT_FOUND' })
    await manager.store('c', 'made here')
    expect(await read(manager, 'c')).toBe('made here')
  })

  it('is asked for every time by default', async () => {
    const { manager, state } = await subject({})
    await failureOf(manager.retrieve('b'))
    await failureOf(manager.retrieve('b'))
    expect(state.reads).toBe(2)
  })
})

it('the TTLs of a fleet are spread, and never longer than asked for', async () => {
  const { manager, writer, clock, state } = await subject({ cacheTtlJitter: 0.5 })
  const ids = Array.from({ length: 60 }, (_, index) => `id-${index}`)
  for (const id of ids) {
    await writer.store(id, 'x')
    await read(manager, id)
  }
  const before = state.reads
  clock.advance(749)
  for (const id of ids) await read(manager, id)
  const early = state.reads - before
  expect(early).toBeGreaterThan(0)
  expect(early).toBeLessThan(ids.length)
  clock.advance(1001)
  for (const id of ids) await read(manager, id)
  expect(state.reads - before - early).toBe(ids.length)
})

it('options that cannot be meant are told all at once', () => {
  const { storage, keyring } = createTestManager()
  const clock = createFakeClock()
  const wrong = { cacheTtlMs: -1, cacheTtlJitter: 0.9, cacheStaleIfErrorMs: Number.NaN }
  expect(() =>
    createCredentialManager({ storage, keyring, clock, ...wrong, cache: createCache({ capacity: 1 }) }),
  ).toThrow(/cacheTtlMs[\s\S]*cacheTtlJitter[\s\S]*cacheStaleIfErrorMs/)
  expect(() => createCredentialManager({ storage, keyring, cacheNotFoundTtlMs: 1 })).toThrow(
    /only together with a cache/,
  )
})
