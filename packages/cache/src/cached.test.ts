import { createFakeClock } from '@holdfast/testkit'
import { expect, test } from 'vitest'
import { cached } from './cached.ts'
import { createCache } from './create-cache.ts'

test('a function is called once per key until the answer expires', async () => {
  const clock = createFakeClock()
  const calls: string[] = []
  const load = async (id: string): Promise<string> => {
    calls.push(id)
    return `user ${id}`
  }
  const user = cached(load, { ttlMs: 1000, cache: createCache<string, string>({ capacity: 10, clock }) })
  expect(await Promise.all([user('a'), user('a'), user('b')])).toEqual(['user a', 'user a', 'user b'])
  expect(user('a')).toBe('user a')
  expect(calls).toEqual(['a', 'b'])
  clock.advance(1000)
  await user('a')
  expect(calls).toEqual(['a', 'b', 'a'])
})

test('calls with the same key share an answer, and forget takes it away', async () => {
  let calls = 0
  const sum = cached((a: number, b: number) => a + b + calls++ * 0, { key: (a, b) => `${a}+${b}` })
  expect([sum(1, 2), sum(1, 2), sum(2, 1), calls]).toEqual([3, 3, 3, 2])
  sum.forget(1, 2)
  sum(1, 2)
  expect([calls, sum.cache.size]).toEqual([3, 2])
})

test('an error is not remembered', async () => {
  let calls = 0
  const flaky = cached(async (_: string): Promise<string> => {
    calls += 1
    if (calls === 1) throw new Error('down')
    return 'up'
  })
  await expect(flaky('x')).rejects.toThrow('down')
  expect(await flaky('x')).toBe('up')
})
