import { createCache } from '@holdfast/cache'
import { HoldfastError } from '@holdfast/contracts'
import type { Cache } from '@holdfast/contracts/cache'
import type { AnyCredentialStorage } from '@holdfast/contracts/credentials'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createTestManager, failureOf, recordingLogger } from '../../test/support/manager.ts'
import { apiKey } from '../kinds/api-key.ts'
import { database } from '../kinds/database.ts'
import type { CredentialManager } from './credential-manager.ts'

const readValue = async (manager: CredentialManager, id = 'a'): Promise<unknown> =>
  (await manager.retrieve(id)).value.reveal()

/** A storage whose next retrievals wait, after they have read, until they are let go. */
const holdReads = (
  storage: AnyCredentialStorage,
): { storage: AnyCredentialStorage; reads: (() => void)[]; count: () => number } => {
  const reads: (() => void)[] = []
  let count = 0
  return {
    reads,
    count: () => count,
    storage: {
      ...storage,
      async retrieve(id, options) {
        count += 1
        const found = await storage.retrieve(id, options)
        if (!id.startsWith('.holdfast')) await new Promise<void>((resolve) => reads.push(resolve))
        return found
      },
    },
  }
}

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

describe('cache-aside', () => {
  it('is off by default: every read goes to the storage, and the cache calls do nothing', async () => {
    const { manager, other } = createTestManager()
    await manager.store('a', 'one')
    expect(await readValue(manager)).toBe('one')
    await other().store('a', 'two')
    expect(await readValue(manager)).toBe('two')
    manager.clearCache()
    manager.clearCacheFor('a')
    expect(manager.cacheStatistics()).toMatchObject({
      isEnabled: false,
      hits: 0,
      misses: 0,
      hitRate: 0,
      size: 0,
      capacity: 0,
      isFull: false,
      failures: 0,
    })
  })

  it('answers a second read without the storage, and counts hits and misses', async () => {
    const { manager, storage } = createTestManager({ cache: createCache({ capacity: 2 }) })
    await manager.store('a', 'one')
    expect(manager.cacheStatistics()).toMatchObject({ isEnabled: true, hits: 0, misses: 0, size: 0, capacity: 2 })
    expect(await readValue(manager)).toBe('one')
    storage.failNextWith('UNAVAILABLE')
    expect(await readValue(manager)).toBe('one')
    expect(await readValue(manager)).toBe('one')
    expect(manager.cacheStatistics()).toMatchObject({
      hits: 2,
      misses: 1,
      hitRate: 2 / 3,
      size: 1,
      utilisation: 0.5,
      isFull: false,
    })
  })

  it('hands out one credential to all: frozen, and typed where a reference asks for it', async () => {
    const { manager } = createTestManager({ cache: createCache({ capacity: 2 }) })
    const reference = database('db')
    await manager.store(reference, 'postgres://a:b@host/db')
    const first = await manager.retrieve(reference)
    const again = await manager.retrieve(reference)
    expect(await manager.retrieve(reference)).toBe(again)
    expect(again.value.reveal()).toEqual(first.value.reveal())
    expect(Object.isFrozen(again) && Object.isFrozen(again.metadata) && Object.isFrozen(again.metadata.tags)).toBe(true)
    Object.assign(again.value.reveal(), { host: 'evil' })
    expect((await manager.retrieve(reference)).value.reveal().host).toBe('host')
    expect(await failureOf(manager.retrieve(apiKey('db')))).toMatchObject({ reason: 'KIND_MISMATCH' })
  })

  it('forgets a credential when it is stored, updated, deleted, rolled back or recovered', async () => {
    const { manager } = createTestManager({ cache: createCache({ capacity: 2 }) })
    const first = await manager.store('a', 'one')
    expect(await readValue(manager)).toBe('one')
    await manager.store('a', 'two')
    expect(await readValue(manager)).toBe('two')
    await manager.update('a', 'three')
    expect(await readValue(manager)).toBe('three')
    await manager.rollback('a', first.version)
    expect(await readValue(manager)).toBe('one')
    await manager.delete('a')
    expect(await failureOf(manager.retrieve('a'))).toMatchObject({ code: 'NOT_FOUND' })
    await manager.recover('a')
    expect(await readValue(manager)).toBe('one')
  })

  it('forgets a credential also when the write failed, for it may have arrived', async () => {
    const { manager, storage, keyring, other } = createTestManager()
    const lost: AnyCredentialStorage = {
      ...storage,
      async store(id, record, options) {
        await storage.store(id, record, options)
        throw new HoldfastError({
          code: 'TIMEOUT',
          source: 't',
          operation: 'store',
          message: 'Lost.',
          hint: 'None.',
          details: { outcome: 'unknown' },
        })
      },
    }
    void keyring
    const cached = other({ storage: lost, cache: createCache({ capacity: 2 }) })
    await manager.store('a', 'one')
    expect(await readValue(cached)).toBe('one')
    expect(await failureOf(cached.store('a', 'two'))).toMatchObject({
      code: 'TIMEOUT',
      details: { outcome: 'unknown' },
    })
    expect(await readValue(cached)).toBe('two')
  })

  it('does not resurrect a stale value: a read that began before a write answers its caller and is not kept', async () => {
    const { manager, storage, other } = createTestManager()
    const held = holdReads(storage)
    const cached = other({ storage: held.storage, cache: createCache({ capacity: 2 }) })
    await manager.store('a', 'one')
    const early = cached.retrieve('a')
    await settle()
    const write = cached.store('a', 'two')
    await settle()
    held.reads.splice(1).forEach((release) => {
      release()
    })
    await settle()
    await write
    held.reads.splice(0).forEach((release) => {
      release()
    })
    expect((await early).value.reveal()).toBe('one')
    const late = cached.retrieve('a')
    await settle()
    held.reads.splice(0).forEach((release) => {
      release()
    })
    expect((await late).value.reveal()).toBe('two')
  })

  it('does not resurrect a deleted credential, nor one that was cleared during a read', async () => {
    const { manager, storage, other } = createTestManager()
    const held = holdReads(storage)
    const cached = other({ storage: held.storage, cache: createCache({ capacity: 2 }) })
    await manager.store('a', 'one')
    const early = cached.retrieve('a')
    await settle()
    await cached.delete('a')
    held.reads.splice(0).forEach((release) => {
      release()
    })
    expect((await early).value.reveal()).toBe('one')
    expect(await failureOf(cached.retrieve('a'))).toMatchObject({ code: 'NOT_FOUND' })
    await manager.store('b', 'one')
    for (const clear of [() => cached.clearCache(), () => cached.clearCacheFor('b')]) {
      const read = cached.retrieve('b')
      await settle()
      clear()
      held.reads.splice(0).forEach((release) => {
        release()
      })
      await read
      expect(cached.cacheStatistics().size).toBe(0)
    }
  })

  it('reads once for everybody who asks at the same time', async () => {
    const { manager, storage, other } = createTestManager()
    const held = holdReads(storage)
    const cached = other({ storage: held.storage, cache: createCache({ capacity: 2 }) })
    await manager.store('a', 'one')
    const before = held.count()
    const reads = Array.from({ length: 100 }, () => cached.retrieve('a'))
    await settle()
    held.reads.splice(0).forEach((release) => {
      release()
    })
    const found = await Promise.all(reads)
    expect(new Set(found).size).toBe(1)
    expect(held.count() - before).toBe(1)
  })

  it('lets one waiter give up without harming the others, and stops the read when the last one does', async () => {
    const { manager, storage, other } = createTestManager()
    const signals: (AbortSignal | undefined)[] = []
    const held = holdReads({
      ...storage,
      retrieve: (id, options) => {
        signals.push(options?.signal)
        return storage.retrieve(id, options)
      },
    })
    const cached = other({ storage: held.storage, cache: createCache({ capacity: 2 }) })
    await manager.store('a', 'one')
    const impatient = new AbortController()
    const patient = cached.retrieve('a')
    const gone = failureOf(cached.retrieve('a', { signal: impatient.signal }))
    await settle()
    impatient.abort()
    expect(await gone).toMatchObject({ code: 'CANCELLED' })
    expect(signals[0]?.aborted).toBe(false)
    held.reads.splice(0).forEach((release) => {
      release()
    })
    expect((await patient).value.reveal()).toBe('one')

    cached.clearCache()
    const last = new AbortController()
    const alone = failureOf(cached.retrieve('a', { signal: last.signal }))
    await settle()
    last.abort()
    expect(await alone).toMatchObject({ code: 'CANCELLED' })
    expect(signals.at(-1)?.aborted).toBe(true)
    const again = cached.retrieve('a')
    await settle()
    held.reads.splice(0).forEach((release) => {
      release()
    })
    expect((await again).value.reveal()).toBe('one')
  })

  it('ends a waiter at its deadline', async () => {
    const { manager, storage, other, clock } = createTestManager()
    const held = holdReads(storage)
    const cached = other({ storage: held.storage, cache: createCache({ capacity: 2 }) })
    await manager.store('a', 'one')
    const late = failureOf(cached.retrieve('a', { deadline: clock.monotonicNow() + 50 }))
    const timers = clock.pendingTimers
    await clock.advanceAsync(50)
    expect(await late).toMatchObject({ code: 'TIMEOUT', reason: 'DEADLINE_EXCEEDED' })
    expect(clock.pendingTimers).toBe(timers - 1)
  })

  it('tells everybody of a failed read and tries again for the next', async () => {
    const { manager, storage } = createTestManager({ cache: createCache({ capacity: 2 }) })
    await manager.store('a', 'one')
    storage.failNextWith('UNAVAILABLE')
    const results = await Promise.allSettled([manager.retrieve('a'), manager.retrieve('a')])
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    expect(await readValue(manager)).toBe('one')
  })

  it('keeps an entry for the TTL and no longer', async () => {
    const clockOf = createTestManager()
    const { clock, manager: writer, other } = clockOf
    const manager = other({ cache: createCache({ capacity: 2, clock }), cacheTtlMs: 1000, cacheTtlJitter: 0 })
    await writer.store('a', 'one')
    expect(await readValue(manager)).toBe('one')
    await writer.store('a', 'two')
    clock.advance(999)
    expect(await readValue(manager)).toBe('one')
    clock.advance(1)
    expect(await readValue(manager)).toBe('two')
  })

  it('never keeps an entry past its expiry, also when the wall clock jumps', async () => {
    const { clock, manager: writer, other, storage } = createTestManager()
    const manager = other({ cache: createCache({ capacity: 2, clock }), cacheTtlMs: Number.POSITIVE_INFINITY })
    await writer.store('a', 'one', { expiresAt: new Date(clock.wallNow() + 1000) })
    await manager.retrieve('a')
    storage.failNextWith('UNAVAILABLE')
    expect(await readValue(manager)).toBe('one')
    clock.setWall(clock.wallNow() + 1000)
    expect(await failureOf(manager.retrieve('a'))).toMatchObject({ code: 'UNAVAILABLE' })
    expect(await readValue(manager)).toBe('one')
    expect(manager.cacheStatistics().size).toBe(0)
  })

  it('evicts the least recently used beyond the capacity', async () => {
    const { manager } = createTestManager({ cache: createCache({ capacity: 2, policy: 'lru' }) })
    await manager.storeBatch(['a', 'b', 'c'].map((target) => ({ target, value: target })))
    await manager.retrieve('a')
    await manager.retrieve('b')
    await manager.retrieve('a')
    await manager.retrieve('c')
    const { misses } = manager.cacheStatistics()
    await manager.retrieve('a')
    await manager.retrieve('c')
    expect(manager.cacheStatistics()).toMatchObject({ misses, isFull: true })
    await manager.retrieve('b')
    expect(manager.cacheStatistics().misses).toBe(misses + 1)
  })

  it('reads past the cache when asked for a fresh value or for a version, and keeps the fresh one', async () => {
    const { manager: writer, other } = createTestManager()
    const manager = other({ cache: createCache({ capacity: 2 }) })
    const first = await writer.store('a', 'one')
    await readValue(manager)
    await writer.store('a', 'two')
    expect(await readValue(manager)).toBe('one')
    expect((await manager.retrieve('a', { version: first.version })).value.reveal()).toBe('one')
    expect((await manager.retrieve('a', { fresh: true })).value.reveal()).toBe('two')
    expect(await readValue(manager)).toBe('two')
  })

  it('bypasses, counts and logs a cache that fails, and never serves what it could not forget', async () => {
    const inner = createCache<string, unknown>({ capacity: 2 })
    const broken = new Set<string>()
    const failing = (name: string): void => {
      if (broken.has(name)) throw new TypeError('planted-secret')
    }
    const cache: Cache = {
      get: (key) => {
        failing('get')
        return inner.get(key)
      },
      peek: (key) => inner.peek(key),
      has: (key) => inner.has(key),
      set: (key, value, options) => {
        failing('set')
        return inner.set(key, value, options)
      },
      delete: (key) => {
        failing('delete')
        return inner.delete(key)
      },
      clear: () => {
        failing('clear')
        return inner.clear()
      },
      get size() {
        return inner.size
      },
      statistics: () => {
        failing('statistics')
        return inner.statistics()
      },
    }
    const logger = recordingLogger()
    const { manager } = createTestManager({ cache, logger })
    const events: unknown[] = []
    manager.on('cache.failed', (event) => void events.push(event))
    await manager.store('a', 'one')
    for (const operation of ['get', 'set', 'statistics']) {
      manager.clearCacheFor('a')
      broken.add(operation)
      expect(await readValue(manager)).toBe('one')
      manager.cacheStatistics()
      broken.clear()
    }
    await readValue(manager)
    for (const operation of ['delete', 'clear']) {
      await readValue(manager)
      broken.add(operation)
      await manager.store('a', operation)
      manager.clearCache()
      broken.clear()
      expect(await readValue(manager)).toBe(operation)
    }
    const failures = logger.lines.filter(({ message }) => message === 'the cache failed and was bypassed')
    expect(failures.every(({ level }) => level === 'error')).toBe(true)
    expect(manager.cacheStatistics().failures).toBe(failures.length)
    expect(events).toHaveLength(failures.length)
    expect(new Set(failures.map(({ fields }) => fields.operation))).toEqual(
      new Set(['get', 'set', 'delete', 'clear', 'statistics']),
    )
    expect(JSON.stringify([logger.lines, events])).not.toContain('planted')
  })

  it('takes nothing from a cache that another manager filled', async () => {
    const cache = createCache<string, unknown>({ capacity: 10 })
    const first = createTestManager({ cache })
    const second = createTestManager({ cache })
    await first.manager.store('a', 'first')
    await second.manager.store('a', 'second')
    expect(await readValue(first.manager)).toBe('first')
    expect(await readValue(second.manager)).toBe('second')
    expect(await readValue(first.manager)).toBe('first')
    cache.set('a', { credential: 'forged' })
    expect(await readValue(first.manager)).toBe('first')
  })

  it('holds nothing after close', async () => {
    const cache = createCache<string, unknown>({ capacity: 10 })
    const { manager } = createTestManager({ cache })
    await manager.store('a', 'x')
    await manager.retrieve('a')
    expect(cache.size).toBe(1)
    await manager.close()
    expect(cache.size).toBe(0)
    expect(await failureOf(manager.retrieve('a'))).toMatchObject({ code: 'CLOSED' })
  })

  it('agrees with a plain map under any interleaving of stores, deletes and reads with delayed answers', async () => {
    const command = fc.record({
      id: fc.constantFrom('a', 'b'),
      kind: fc.constantFrom('store', 'store', 'delete', 'retrieve', 'retrieve', 'retrieve'),
    })
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.infiniteStream(fc.boolean()),
        fc.array(command, { minLength: 2, maxLength: 10 }),
        async (scheduler, slow, commands) => {
          const { manager: plain, storage, other } = createTestManager()
          await plain.store('a', '0')
          await plain.store('b', '0')
          // Before its effect and after it, each call waits for its turn at random.
          const delayed: AnyCredentialStorage = {
            ...storage,
            async retrieve(id, options) {
              await scheduler.schedule(Promise.resolve(), `read ${id}`)
              const found = await storage.retrieve(id, options).catch((error: unknown) => error)
              // Some have a long way back, so that whole writes overtake their answers.
              const steps = slow.next().value ? 12 : 1
              for (let step = 0; step < steps; step++) await scheduler.schedule(Promise.resolve(), `answer ${id}`)
              if (HoldfastError.is(found)) throw found
              return found as Awaited<ReturnType<AnyCredentialStorage['retrieve']>>
            },
            async store(id, record, options) {
              await scheduler.schedule(Promise.resolve(), `write ${id}`)
              const written = await storage.store(id, record, options)
              await scheduler.schedule(Promise.resolve(), `written ${id}`)
              return written
            },
            async delete(id, options) {
              await scheduler.schedule(Promise.resolve(), `delete ${id}`)
              const answer = await storage.delete(id, options)
              await scheduler.schedule(Promise.resolve(), `deleted ${id}`)
              return answer
            },
          }
          const manager = other({ storage: delayed, cache: createCache({ capacity: 10 }) })
          // The states of each id in the order of their writes; undefined: not there.
          const states = { a: ['0' as string | undefined], b: ['0' as string | undefined] }
          const settled = { a: 0, b: 0 }
          const read = async (id: 'a' | 'b'): Promise<string | undefined> => {
            const found = await manager.retrieve(id).catch((error: unknown) => error)
            if (HoldfastError.is(found, 'NOT_FOUND')) return undefined
            if (HoldfastError.is(found)) throw found
            return String((found as Awaited<ReturnType<typeof manager.retrieve>>).value.reveal())
          }
          const run = async (id: 'a' | 'b', kind: string): Promise<void> => {
            if (kind === 'retrieve') {
              const earliest = settled[id]
              const value = await read(id)
              // Nothing older than the last write that was done when the read began.
              expect(states[id].slice(earliest)).toContain(value)
              return
            }
            const state = states[id].length
            states[id].push(kind === 'store' ? String(state) : undefined)
            await (kind === 'store' ? manager.store(id, String(state)) : manager.delete(id))
            settled[id] = Math.max(settled[id], state)
          }
          const running = commands.map(async ({ id, kind }) => {
            await scheduler.schedule(Promise.resolve(), 'begin')
            await run(id as 'a' | 'b', kind)
          })
          await scheduler.waitFor(Promise.all(running))
          for (const id of ['a', 'b'] as const) {
            expect(await scheduler.waitFor(read(id))).toBe(states[id].at(-1))
            expect(await scheduler.waitFor(read(id))).toBe(states[id].at(-1))
          }
        },
      ),
      { numRuns: 500 },
    )
  })
})
