import { createCache } from '@holdfast/cache'
import type { AnyCredentialStorage } from '@holdfast/contracts/credentials'
import { describe, expect, it } from 'vitest'
import { createTestManager, failureOf, recordingLogger } from '../../test/support/manager.ts'
import { apiKey } from '../kinds/api-key.ts'

const ids = (count: number): string[] => Array.from({ length: count }, (_, index) => `id/${index}`)

/** Counts how many calls run at the same time. */
const gauge = (
  storage: AnyCredentialStorage,
): { storage: AnyCredentialStorage; peak: () => number; reads: string[] } => {
  let running = 0
  let peak = 0
  const reads: string[] = []
  return {
    peak: () => peak,
    reads,
    storage: {
      ...storage,
      async retrieve(id, options) {
        reads.push(id)
        peak = Math.max(peak, ++running)
        try {
          await new Promise((resolve) => setImmediate(resolve))
          return await storage.retrieve(id, options)
        } finally {
          running -= 1
        }
      },
    },
  }
}

describe('batches', () => {
  it('stores many, each with its own attributes', async () => {
    const { manager } = createTestManager()
    const result = await manager.storeBatch([
      { target: 'a', value: 'x', tags: { t: '1' } },
      { target: apiKey('b'), value: 'key' },
      { target: 'c', value: new Uint8Array([1]) },
    ])
    expect(result).toMatchObject({ succeeded: 3, failed: 0 })
    expect(result.items.map((item) => item.ok && [item.id, item.value.metadata.kind])).toEqual([
      ['a', 'opaque'],
      ['b', 'api-key'],
      ['c', 'opaque'],
    ])
    expect((await manager.retrieve('a')).metadata.tags).toEqual({ t: '1' })
  })

  it('retrieves many in the order asked for, fetching only what is not cached', async () => {
    const { manager, storage, other } = createTestManager()
    await manager.storeBatch(ids(10).map((target) => ({ target, value: target })))
    const watched = gauge(storage)
    const cached = other({ storage: watched.storage, cache: createCache({ capacity: 100 }) })
    await cached.retrieveBatch(['id/3', 'id/5'])
    watched.reads.length = 0
    const { items } = await cached.retrieveBatch(ids(10).reverse())
    expect(items.map((item) => item.ok && item.value.value.reveal())).toEqual(ids(10).reverse())
    expect(watched.reads.sort()).toEqual(ids(10).filter((id) => id !== 'id/3' && id !== 'id/5'))
    expect(cached.cacheStatistics()).toMatchObject({ hits: 2, misses: 10 })
  })

  it('deletes many and says of each whether it was there', async () => {
    const { manager } = createTestManager()
    await manager.store('a', 'x')
    const { items } = await manager.deleteBatch(['a', 'b'])
    expect(items).toEqual([
      { id: 'a', ok: true, value: { deleted: true } },
      { id: 'b', ok: true, value: { deleted: false } },
    ])
  })

  it('never lets a failure hide a success', async () => {
    const { manager, storage } = createTestManager()
    await manager.store('a', 'x')
    storage.failNextWith('UNAVAILABLE', { operation: 'retrieve' })
    const result = await manager.retrieveBatch(['a', 'missing', 'a/', apiKey('ok')])
    expect(result).toMatchObject({ succeeded: 0, failed: 4 })
    const again = await manager.retrieveBatch(['missing', 'a'])
    expect(again).toMatchObject({ succeeded: 1, failed: 1 })
    expect(again.items.map((item) => (item.ok ? 'found' : item.error.code))).toEqual(['NOT_FOUND', 'found'])
    const stored = await manager.storeBatch([
      { target: 'b', value: {} },
      { target: 'c', value: 'x' },
    ])
    expect(stored.items.map((item) => (item.ok ? 'stored' : item.error.reason))).toEqual(['VALUE_MALFORMED', 'stored'])
  })

  it('works on sixteen at a time unless told otherwise', async () => {
    const { manager, storage, other } = createTestManager()
    await manager.storeBatch(ids(60).map((target) => ({ target, value: 'x' })))
    for (const [batchConcurrency, expected] of [
      [undefined, 16],
      [3, 3],
      [1, 1],
    ] as const) {
      const watched = gauge(storage)
      const result = await other({ storage: watched.storage, batchConcurrency }).retrieveBatch(ids(60))
      expect(result.succeeded).toBe(60)
      expect(watched.peak()).toBe(expected)
    }
  })

  it('takes a tenth of the time of one by one on a slow storage', async () => {
    const { manager, clock } = createTestManager({ memory: { latencyMs: 10 } })
    const timed = async (work: Promise<unknown>): Promise<number> => {
      let done = false
      void work.finally(() => {
        done = true
      })
      const before = clock.monotonicNow()
      while (!done) await clock.advanceAsync(10)
      await work
      return clock.monotonicNow() - before
    }
    await timed(manager.storeBatch(ids(100).map((target) => ({ target, value: 'x' }))))
    const single = async (): Promise<void> => {
      for (const id of ids(100)) await manager.retrieve(id)
    }
    const oneByOne = await timed(single())
    const batch = await timed(manager.retrieveBatch(ids(100)))
    expect(oneByOne / batch).toBeGreaterThanOrEqual(10)
  })

  it('refuses duplicates and what is no list', async () => {
    const { manager } = createTestManager()
    expect(await failureOf(manager.retrieveBatch(['a', 'b', 'a']))).toMatchObject({
      code: 'INVALID_ARGUMENT',
      reason: 'DUPLICATE_IDS',
    })
    expect(await failureOf(manager.deleteBatch([apiKey('a'), 'a']))).toMatchObject({ reason: 'DUPLICATE_IDS' })
    expect(await failureOf(manager.storeBatch('a' as never))).toMatchObject({ reason: 'OPTIONS_INVALID' })
    const nameless = await manager.storeBatch([{ value: 'x' } as never])
    expect(nameless.items[0]).toMatchObject({ ok: false, error: { reason: 'ID_INVALID' } })
    expect(await manager.retrieveBatch([])).toEqual({ items: [], succeeded: 0, failed: 0 })
  })

  it('aborts in the middle: what was done is told, what was not begun is CANCELLED and left alone', async () => {
    const { manager, other, storage } = createTestManager()
    const abort = new AbortController()
    let writes = 0
    const counting: AnyCredentialStorage = {
      ...storage,
      async store(id, record, options) {
        const written = await storage.store(id, record, options)
        if (++writes === 5) abort.abort()
        return written
      },
    }
    const batch = other({ storage: counting, batchConcurrency: 1 })
    const result = await batch.storeBatch(
      ids(10).map((target) => ({ target, value: 'x' })),
      { signal: abort.signal },
    )
    expect(result).toMatchObject({ succeeded: 5, failed: 5 })
    expect(result.items.slice(5).every((item) => !item.ok && item.error.code === 'CANCELLED')).toBe(true)
    expect(await Promise.all(ids(10).map((id) => manager.exists(id)))).toEqual([
      ...Array(5).fill(true),
      ...Array(5).fill(false),
    ])
  })

  it('begins nothing more when close has run out of patience', async () => {
    const { manager, other, clock, storage } = createTestManager()
    await manager.storeBatch(ids(4).map((target) => ({ target, value: 'x' })))
    let begun = 0
    const stuck: AnyCredentialStorage = {
      ...storage,
      retrieve: (_id, options) => {
        begun += 1
        return new Promise((_, reject) =>
          options?.signal?.addEventListener('abort', () => reject(options.signal?.reason)),
        )
      },
    }
    const closing = other({ storage: stuck, batchConcurrency: 1 })
    const batch = failureOf(closing.retrieveBatch(ids(4)))
    const closed = closing.close({ deadlineMs: 100 })
    await clock.advanceAsync(100)
    expect(await batch).toMatchObject({ code: 'CLOSED' })
    await closed
    await new Promise((resolve) => setImmediate(resolve))
    expect(begun).toBe(1)
  })

  it('ends with one summary in the log and one event', async () => {
    const logger = recordingLogger()
    const { manager } = createTestManager({ logger })
    const events: unknown[] = []
    manager.on('batch.completed', (event) => void events.push(event))
    await manager.storeBatch([
      { target: 'a', value: 'x' },
      { target: 'b', value: {} },
    ])
    expect(events).toEqual([{ at: '2026-01-01T00:00:00.000Z', operation: 'storeBatch', succeeded: 1, failed: 1 }])
    expect(logger.lines.filter(({ message }) => message === 'batch completed')).toEqual([
      { level: 'info', message: 'batch completed', fields: { operation: 'storeBatch', succeeded: 1, failed: 1 } },
    ])
  })
})
