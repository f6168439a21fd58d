import type { Operations } from '@holdfast/contracts'
import { cacheStoreOperations } from '@holdfast/contracts/cache'
import { createFakeClock, testCacheStore } from '@holdfast/testkit'
import { describe, expect, test } from 'vitest'
import { type CachedRead, cacheReads } from './cache-reads.ts'
import { createCache } from './create-cache.ts'
import { createCacheStore } from './create-cache-store.ts'

interface Shelf {
  read(id: string, options?: { readonly signal?: AbortSignal; readonly version?: number }): Promise<string | undefined>
  write(id: string, value: string): Promise<void>
  wipe(): Promise<void>
  update(id: string, change: (value: string) => string): Promise<string>
  fill(): AsyncIterable<string>
  list(): AsyncIterable<string>
  size(): number
}

const shelfOperations: Operations<Shelf> = {
  read: { kind: 'unary', effect: 'read', idempotent: true, key: 0, options: 1 },
  write: { kind: 'unary', effect: 'write', idempotent: true, key: 0 },
  wipe: { kind: 'unary', effect: 'write', idempotent: true },
  update: { kind: 'callback', effect: 'write', key: 0 },
  fill: { kind: 'stream', effect: 'write', idempotent: true },
  list: { kind: 'stream', effect: 'read', idempotent: true },
  size: { kind: 'local' },
}

/** A shelf whose reads and writes can be held up, and that counts its reads. */
const createShelf = () => {
  const values = new Map<string, string>()
  let reads = 0
  let readGate: Promise<void> = Promise.resolve()
  let writeGate: Promise<void> = Promise.resolve()
  const shelf: Shelf = {
    async read(id, options) {
      reads += 1
      const value = values.get(id)
      await readGate
      options?.signal?.throwIfAborted()
      return options?.version === undefined ? value : `${value} v${options.version}`
    },
    async write(id, value) {
      await writeGate
      if (value === 'refused') throw new Error('refused')
      values.set(id, value)
    },
    async wipe() {
      values.clear()
    },
    async update(id, change) {
      const changed = change(values.get(id) ?? '')
      values.set(id, changed)
      return changed
    },
    async *fill() {
      values.set('filled', 'yes')
      yield 'filled'
    },
    async *list() {
      yield* values.keys()
    },
    size: () => values.size,
  }
  const hold = (kind: 'read' | 'write'): (() => void) => {
    const { promise, resolve } = Promise.withResolvers<void>()
    if (kind === 'read') readGate = promise
    else writeGate = promise
    return () => {
      readGate = kind === 'read' ? Promise.resolve() : readGate
      writeGate = kind === 'write' ? Promise.resolve() : writeGate
      resolve()
    }
  }
  const cache = createCache<string, CachedRead>({ capacity: 100, clock: createFakeClock() })
  const cachedShelf = cacheReads({ operations: shelfOperations, reads: ['read'], cache })(shelf)
  return { shelf: cachedShelf, inner: shelf, cache, hold, reads: () => reads }
}

describe('a layer that caches reads', () => {
  test('answers from the cache, also that there is nothing', async () => {
    const { shelf, reads } = createShelf()
    expect([await shelf.read('a'), await shelf.read('a'), reads()]).toEqual([undefined, undefined, 1])
    await shelf.write('a', '1')
    expect([await shelf.read('a'), await shelf.read('a'), reads(), shelf.size()]).toEqual(['1', '1', 2, 1])
  })

  test('a read that began before a write never puts its old answer back', async () => {
    const { shelf, hold, reads } = createShelf()
    await shelf.write('a', 'old')
    const releaseRead = hold('read')
    const early = shelf.read('a')
    await shelf.write('a', 'new')
    releaseRead()
    expect(await early).toBe('old')
    expect([await shelf.read('a'), reads()]).toEqual(['new', 2])
  })

  test('a read during a write is not kept when the write settles after it', async () => {
    const { shelf, hold } = createShelf()
    await shelf.write('a', 'old')
    const releaseWrite = hold('write')
    const writing = shelf.write('a', 'new')
    expect(await shelf.read('a')).toBe('old')
    releaseWrite()
    await writing
    expect(await shelf.read('a')).toBe('new')
  })

  test('a write that failed takes the answer away too, since nobody knows what was written', async () => {
    const { shelf, reads } = createShelf()
    await shelf.write('a', '1')
    await shelf.read('a')
    await expect(shelf.write('a', 'refused')).rejects.toThrow('refused')
    expect([await shelf.read('a'), reads()]).toEqual(['1', 2])
  })

  test('every kind of write invalidates: of a key, of everything, a callback, a stream', async () => {
    const { shelf, reads, cache } = createShelf()
    await shelf.write('a', '1')
    await shelf.read('b')
    await shelf.read('a')
    await shelf.update('a', (value) => `${value}!`)
    expect([await shelf.read('a'), cache.size]).toEqual(['1!', 2])
    await shelf.wipe()
    expect([await shelf.read('a'), reads()]).toEqual([undefined, 4])
    for await (const _ of shelf.fill()) expect(await shelf.read('filled')).toBe('yes')
    expect(cache.size).toBe(0)
    await shelf.read('a')
    for await (const _ of shelf.list()) expect(cache.size).toBe(1)
  })

  test('a call that says more than a signal and a deadline is passed on', async () => {
    const { shelf, reads } = createShelf()
    await shelf.write('a', '1')
    expect([await shelf.read('a', { version: 3 }), await shelf.read('a', { version: 4 })]).toEqual(['1 v3', '1 v4'])
    await shelf.read('a', {})
    await shelf.read('a', { signal: new AbortController().signal })
    expect(reads()).toBe(3)
  })

  test('one caller who gives up does not harm the others of the same read', async () => {
    const { shelf, hold, reads } = createShelf()
    await shelf.write('a', '1')
    const release = hold('read')
    const controller = new AbortController()
    const first = shelf.read('a', { signal: controller.signal })
    const second = shelf.read('a')
    controller.abort()
    await expect(first).rejects.toMatchObject({ code: 'CANCELLED' })
    release()
    expect([await second, reads()]).toEqual(['1', 1])
  })

  test('what is no keyed unary read is refused', () => {
    const { cache } = createShelf()
    for (const name of ['write', 'wipe', 'list', 'size'] as const) {
      expect(() => cacheReads({ operations: shelfOperations, reads: [name], cache })).toThrow(name)
    }
  })
})

testCacheStore({
  name: 'a cache store behind the caching layer',
  async create() {
    const clock = createFakeClock()
    const inner = createCacheStore({ capacity: 1000, clock })
    const cache = createCache<string, CachedRead>({ capacity: 100, ttlMs: 1, clock })
    const store = cacheReads({ operations: cacheStoreOperations, reads: ['get'], cache })(inner)
    return { store, advance: async (byMs) => clock.advance(byMs), cleanup: () => store.close() }
  },
})
