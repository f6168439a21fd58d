import { createFakeClock, testCacheStore } from '@holdfast/testkit'
import { Keyv } from 'keyv'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { createCacheStore } from './create-cache-store.ts'
import { fromKeyv } from './from-keyv.ts'
import { toKeyv } from './to-keyv.ts'

afterEach(() => {
  vi.useRealTimers()
})

testCacheStore({
  name: 'Keyv over a Map',
  async create() {
    // Keyv reads the time from Date alone, so only Date is moved.
    vi.useFakeTimers({ toFake: ['Date'] })
    const store = fromKeyv(new Keyv())
    return {
      store,
      advance: async (byMs) => void vi.setSystemTime(Date.now() + byMs + 1),
      cleanup: async () => {
        await store.close()
        vi.useRealTimers()
      },
    }
  },
})

testCacheStore({
  name: 'Keyv over a cache store',
  async create() {
    vi.useFakeTimers({ toFake: ['Date'] })
    const clock = createFakeClock()
    const inner = createCacheStore({ capacity: 1000, clock })
    const store = fromKeyv(new Keyv({ store: toKeyv(inner) }))
    return {
      store,
      async advance(byMs) {
        clock.advance(byMs)
        vi.setSystemTime(Date.now() + byMs + 1)
      },
      cleanup: async () => {
        await store.close()
        vi.useRealTimers()
      },
    }
  },
})

describe('fromKeyv', () => {
  const failing = {
    get: async () => {
      throw new Error('connection refused by redis://user:hunter2@host')
    },
    set: async () => true,
    delete: async () => false,
    clear: async () => {},
  }

  test('what the Keyv throws is UNAVAILABLE, without its secrets', async () => {
    const store = fromKeyv(failing, { name: 'sessions' })
    const error: unknown = await store.get('key').catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'UNAVAILABLE', operation: 'get', retryable: true })
    expect(JSON.stringify(error)).not.toContain('hunter2')
  })

  test('a Keyv that cannot be read is down', async () => {
    expect(await fromKeyv(failing).health()).toMatchObject({ status: 'down', reason: 'a read failed' })
  })

  test('a TTL of 0 takes the entry away, Infinity keeps it', async () => {
    const store = fromKeyv(new Keyv())
    await store.set('key', 1, { ttlMs: Number.POSITIVE_INFINITY })
    expect((await store.get('key'))?.value).toBe(1)
    await store.set('key', 2, { ttlMs: 0 })
    expect(await store.get('key')).toBe(undefined)
  })

  test('the empty key is a key like any other', async () => {
    const store = fromKeyv(new Keyv())
    for (const key of ['', '~', '~~']) await store.set(key, `<${key}>`)
    expect(await Promise.all(['', '~', '~~'].map(async (key) => (await store.get(key))?.value))).toEqual([
      '<>',
      '<~>',
      '<~~>',
    ])
  })
})
