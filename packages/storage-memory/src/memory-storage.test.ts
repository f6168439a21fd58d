import { HoldfastError } from '@holdfast/contracts'
import type { CredentialRecord } from '@holdfast/contracts/credentials'
import { collect, createFakeClock } from '@holdfast/testkit'
import { describe, expect, it } from 'vitest'
import { createMemoryData } from './memory-data.ts'
import { createMemoryStorage } from './memory-storage.ts'
import type { MemoryStorageOptions } from './options.ts'

const recordOf = (id: string, text = 'value'): CredentialRecord => ({
  metadata: {
    id,
    kind: 'opaque',
    encoding: 'text',
    tags: {},
    createdAt: '2026-01-01T00:00:00.000Z',
    updatedAt: '2026-01-01T00:00:00.000Z',
    revision: '01KDW0XWG0000000000000000A',
    writeId: '01KDW0XWG0000000000000000B',
  },
  value: new TextEncoder().encode(text),
})

const codeOf = async (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'none',
    (error: unknown) => (HoldfastError.is(error) ? error.code : String(error)),
  )

describe('failNextWith', () => {
  it('fails the next call with the code and leaves no effect', async () => {
    const storage = createMemoryStorage()
    storage.failNextWith('UNAVAILABLE')
    await expect(storage.store('a', recordOf('a'))).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      source: 'storage-memory',
      operation: 'store',
      retryable: true,
    })
    expect(storage.count()).toBe(0)
    await storage.store('a', recordOf('a'))
    expect(storage.count()).toBe(1)
  })

  it('reaches streams and watches at their first item', async () => {
    const storage = createMemoryStorage()
    storage.failNextWith('UNAVAILABLE', { operation: 'list' })
    storage.failNextWith('RATE_LIMITED', { operation: 'watch' })
    expect(await codeOf(collect(storage.list()))).toBe('UNAVAILABLE')
    expect(await codeOf(collect(storage.watch()))).toBe('RATE_LIMITED')
    expect(await collect(storage.list())).toEqual([])
  })

  it('turns health down instead of rejecting', async () => {
    const storage = createMemoryStorage()
    storage.failNextWith('UNAVAILABLE', { operation: 'health' })
    expect(await storage.health()).toMatchObject({ status: 'down', reason: expect.stringContaining('failNextWith') })
    expect(await storage.health()).toMatchObject({ status: 'up', details: { credentials: 0 } })
  })
})

it('counts what is there and clears everything, deleted ones and planned failures too', async () => {
  const storage = createMemoryStorage()
  for (const id of ['a', 'b', 'c']) await storage.store(id, recordOf(id))
  await storage.delete('b')
  expect(storage.count()).toBe(2)
  storage.failNextWith('UNAVAILABLE')
  storage.clear()
  expect(storage.count()).toBe(0)
  expect(await collect(storage.listDeleted())).toEqual([])
  expect(await storage.exists('a')).toBe(false)
})

it('tells watchers to list again when it is cleared', async () => {
  const storage = createMemoryStorage()
  const changes = storage.watch()[Symbol.asyncIterator]()
  const first = changes.next()
  storage.clear()
  expect((await first).value).toMatchObject({ type: 'resynced', id: '' })
  await storage.close()
  expect(await changes.next()).toMatchObject({ done: true })
})

describe('latency', () => {
  it('passes on the clock before the effect', async () => {
    const clock = createFakeClock()
    const storage = createMemoryStorage({ latencyMs: 100, clock })
    const stored = storage.store('a', recordOf('a'))
    await clock.advanceAsync(99)
    expect(storage.count()).toBe(0)
    await clock.advanceAsync(1)
    expect(storage.count()).toBe(1)
    expect((await stored).createdAt).toBe('2026-01-01T00:00:00.100Z')
  })

  it('ends at once when the call is aborted, without effect and without a timer left', async () => {
    const clock = createFakeClock()
    const storage = createMemoryStorage({ latencyMs: 100, clock })
    const controller = new AbortController()
    const stored = codeOf(storage.store('a', recordOf('a'), { signal: controller.signal }))
    await clock.advanceAsync(50)
    controller.abort()
    expect(await stored).toBe('CANCELLED')
    await clock.advanceAsync(1000)
    expect([storage.count(), clock.pendingTimers]).toEqual([0, 0])
  })

  it('ends with CLOSED at the deadline of close, without effect', async () => {
    const clock = createFakeClock()
    const storage = createMemoryStorage({ latencyMs: 100, clock })
    const stored = codeOf(storage.store('a', recordOf('a')))
    const closed = storage.close({ deadlineMs: 10 })
    await clock.advanceAsync(10)
    await closed
    expect(await stored).toBe('CLOSED')
    await clock.advanceAsync(1000)
    expect([storage.count(), clock.pendingTimers]).toEqual([0, 0])
  })
})

it('keeps as many versions as it is told, the newest', async () => {
  const storage = createMemoryStorage({ keepVersions: 3 })
  for (const text of ['1', '2', '3', '4', '5']) await storage.store('a', recordOf('a', text))
  const texts: string[] = []
  for (const { version } of await storage.history('a')) {
    texts.push(new TextDecoder().decode((await storage.retrieve('a', { version })).value))
  }
  expect(texts).toEqual(['5', '4', '3'])
})

it('behaves as two processes on one backend when two storages are given the same data', async () => {
  const data = createMemoryData()
  const [one, other] = [createMemoryStorage({ data }), createMemoryStorage({ data })]
  const { version } = await one.store('a', recordOf('a', 'shared'))
  expect((await other.retrieve('a')).version).toBe(version)
  await one.close()
  expect(await other.exists('a')).toBe(true)
})

it('copies what it is given before it waits', async () => {
  const clock = createFakeClock()
  const storage = createMemoryStorage({ clock, latencyMs: 1 })
  const record = recordOf('a', 'before')
  const stored = storage.store('a', record)
  record.value.fill(0)
  await clock.advanceAsync(1)
  await stored
  const retrieved = storage.retrieve('a')
  await clock.advanceAsync(1)
  expect(new TextDecoder().decode((await retrieved).value)).toBe('before')
})

describe('options', () => {
  it('are refused all at once with path, given value and what is allowed', () => {
    const wrong = {
      latencyMs: Number.NaN,
      keepVersions: -1,
      without: ['flying'],
      limits: { maxTags: 1.5 },
      clock: {},
      data: {},
    }
    const create = (): unknown => createMemoryStorage(wrong as unknown as MemoryStorageOptions)
    for (const path of ['latencyMs', 'keepVersions', 'without.0', 'limits.maxTags', 'clock', 'data']) {
      expect(create).toThrowError(new RegExp(`${path}: given .*, allowed: `))
    }
    expect(create).toThrowError(expect.objectContaining({ code: 'INVALID_ARGUMENT', reason: 'OPTIONS_INVALID' }))
  })

  it('have the documented defaults', () => {
    expect(createMemoryStorage().capabilities).toEqual({
      compareAndSet: true,
      versions: true,
      recover: true,
      watch: true,
      limits: { maxValueBytes: 2_097_152, maxTags: 50, maxIdLength: 512 },
    })
  })
})
