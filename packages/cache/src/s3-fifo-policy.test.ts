import { expect, test } from 'vitest'
import { createCache } from './create-cache.ts'

test('uses count again after an entry was passed over', () => {
  const cache = createCache<string, number>({ capacity: 2 })
  const use = (key: string, times: number): void => {
    for (let time = 0; time < times; time++) cache.get(key)
  }
  for (const key of ['a', 'b']) {
    cache.set(key, 1)
    use(key, 3)
  }
  cache.set('c', 1) // a and b have earned the main queue, which a leaves at once; the count of b begins anew
  expect([cache.has('a'), cache.has('b')]).toEqual([false, true])
  use('b', 1)
  use('c', 3)
  cache.set('d', 1) // c has earned the main queue too, but b was used there
  expect([cache.has('b'), cache.has('c')]).toEqual([true, false])
})

test('a scan leaves what is used in place', () => {
  const cache = createCache<string, number>({ capacity: 100 })
  for (let key = 0; key < 80; key++) {
    cache.set(`used ${key}`, key)
    cache.get(`used ${key}`)
    cache.get(`used ${key}`)
  }
  for (let key = 0; key < 10_000; key++) cache.set(`scanned ${key}`, key)
  expect([...cache.entries()].filter(([key]) => key.startsWith('used'))).toHaveLength(80)
})

test('a key that comes back soon after it left stays', () => {
  const cache = createCache<string, number>({ capacity: 10 })
  for (let key = 0; key < 12; key++) cache.set(String(key), key)
  expect(cache.has('0')).toBe(false)
  cache.set('0', 0)
  for (let key = 100; key < 200; key++) cache.set(String(key), key)
  expect(cache.has('0')).toBe(true)
})
