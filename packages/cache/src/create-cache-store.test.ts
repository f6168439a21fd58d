import { createFakeClock, testCacheStore } from '@holdfast/testkit'
import { describe, expect, test } from 'vitest'
import { createCacheStore } from './create-cache-store.ts'

testCacheStore({
  name: 'cache store in this process',
  async create() {
    const clock = createFakeClock()
    const store = createCacheStore({ capacity: 1000, clock })
    return { store, advance: async (byMs) => clock.advance(byMs), cleanup: () => store.close() }
  },
})

describe('createCacheStore', () => {
  test('an entry that was read does not change when the counter goes on', async () => {
    const store = createCacheStore({ capacity: 10 })
    await store.increment('hits')
    const before = await store.get('hits')
    await store.increment('hits')
    expect([before?.value, (await store.get('hits'))?.value]).toEqual([1, 2])
    expect((await store.get('hits'))?.version).not.toBe(before?.version)
  })

  test('what is not a number is not counted on', async () => {
    const store = createCacheStore({ capacity: 10 })
    await store.set('name', 'Ada')
    await expect(store.increment('name')).rejects.toMatchObject({ code: 'INVALID_ARGUMENT', operation: 'increment' })
    await expect(store.set('nothing', undefined)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
  })

  test('a reader of invalidations who falls behind is told that everything was deleted', async () => {
    const store = createCacheStore({ capacity: 10 })
    const told = store.invalidations()[Symbol.asyncIterator]()
    for (let key = 0; key < 1500; key++) await store.delete(String(key))
    const seen: (string | undefined)[] = []
    while (seen.at(-1) !== '*') seen.push((await told.next()).value)
    expect(seen).toHaveLength(1001)
    await store.close()
    expect((await told.next()).done).toBe(true)
    expect(() => store.invalidations()).toThrow(expect.objectContaining({ code: 'CLOSED' }))
  })
})
