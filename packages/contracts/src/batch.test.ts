import fc from 'fast-check'
import { expect, it } from 'vitest'
import { runBatch } from './batch.ts'
import { HoldfastError } from './holdfast-error.ts'

const site = { source: 'test', operation: 'storeBatch' }
const same = (id: string): string => id
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

it('keeps the order of the input and lets no failure hide a success', async () => {
  const refused = new HoldfastError({ ...site, code: 'CONFLICT', message: 'No.', hint: 'None.' })
  const result = await runBatch(
    ['a', 'b', 'c'],
    same,
    async (id) => {
      if (id === 'b') throw refused
      return id.toUpperCase()
    },
    { ...site, concurrency: 2 },
  )
  expect(result).toEqual({
    items: [
      { id: 'a', ok: true, value: 'A' },
      { id: 'b', ok: false, error: refused },
      { id: 'c', ok: true, value: 'C' },
    ],
    succeeded: 2,
    failed: 1,
  })
})

it('never works on more than `concurrency` at once, and always on as many', async () => {
  const input = fc.tuple(fc.uniqueArray(fc.string(), { maxLength: 40 }), fc.integer({ min: 1, max: 50 }))
  await fc.assert(
    fc.asyncProperty(input, async ([ids, concurrency]) => {
      let running = 0
      let most = 0
      const result = await runBatch(
        ids,
        same,
        async (id) => {
          running += 1
          most = Math.max(most, running)
          await turn()
          running -= 1
          return id
        },
        { ...site, concurrency },
      )
      expect(most).toBe(Math.min(concurrency, ids.length))
      expect(result.items.map(({ id }) => id)).toEqual(ids)
    }),
    { numRuns: 30 },
  )
})

it('starts nothing more once aborted, and says so of each item', async () => {
  const controller = new AbortController()
  const started: string[] = []
  const result = await runBatch(
    ['a', 'b', 'c'],
    same,
    async (id) => {
      started.push(id)
      controller.abort()
      return id
    },
    { ...site, concurrency: 1, signal: controller.signal },
  )
  expect(started).toEqual(['a'])
  expect(result.items).toMatchObject([
    { id: 'a', ok: true },
    { id: 'b', ok: false, error: { code: 'CANCELLED' } },
    { id: 'c', ok: false, error: { code: 'CANCELLED' } },
  ])
})

it('takes the reason of the signal for a cancellation, and what else is thrown for a defect', async () => {
  const controller = new AbortController()
  const result = await runBatch(
    ['a', 'b'],
    same,
    (id) => {
      if (id === 'b') throw new TypeError('boom')
      controller.abort()
      return Promise.reject(controller.signal.reason)
    },
    { ...site, concurrency: 2, signal: controller.signal },
  )
  expect(result.items[0]).toMatchObject({ ok: false, error: { code: 'CANCELLED' } })
  const thrown = await runBatch(['b'], same, () => Promise.reject(new TypeError('boom')), { ...site, concurrency: 1 })
  expect(thrown.items[0]).toMatchObject({ ok: false, error: { code: 'INTERNAL', cause: { name: 'TypeError' } } })
})

it('refuses ids that stand there twice, before any work', async () => {
  let calls = 0
  const batch = runBatch(['a', 'b', 'a'], same, async () => ++calls, { ...site, concurrency: 2 })
  await expect(batch).rejects.toMatchObject({
    code: 'INVALID_ARGUMENT',
    reason: 'DUPLICATE_IDS',
    details: { ids: ['a'] },
  })
  expect(calls).toBe(0)
})

it.each([0, -1, 1.5, Number.NaN])('refuses a concurrency of %d', async (concurrency) => {
  const batch = runBatch(['a'], same, async () => 1, { ...site, concurrency })
  await expect(batch).rejects.toMatchObject({ code: 'INVALID_ARGUMENT', reason: 'OPTIONS_INVALID' })
})

it('works on everything at once with Infinity, and on nothing at all', async () => {
  const options = { ...site, concurrency: Number.POSITIVE_INFINITY }
  expect((await runBatch(['a', 'b'], same, async () => 1, options)).succeeded).toBe(2)
  expect(await runBatch([], same, async () => 1, options)).toEqual({ items: [], succeeded: 0, failed: 0 })
})
