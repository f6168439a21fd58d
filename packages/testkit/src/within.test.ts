import { expect, it } from 'vitest'
import { within } from './within.ts'

it('gives the result, or the error, of what settles in time', async () => {
  expect(await within(Promise.resolve(1), 1000, 'one')).toBe(1)
  await expect(within(Promise.reject(new Error('mine')), 1000, 'one')).rejects.toThrow('mine')
})

it('says what it waited for when it was too long', async () => {
  await expect(within(new Promise(() => {}), 5, 'the change')).rejects.toThrow('the change: nothing came within 5 ms')
})
