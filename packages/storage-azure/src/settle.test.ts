import { createFakeClock } from '@holdfast/testkit'
import { expect, it } from 'vitest'
import { settle } from './settle.ts'

const next = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

it('looks again, ever more seldom, until there is an answer', async () => {
  const clock = createFakeClock()
  const looks: number[] = []
  const result = settle(
    async () => {
      looks.push(clock.monotonicNow())
      return looks.length === 5 ? 'done' : undefined
    },
    { clock, timeoutMs: 60_000, operation: 'purge' },
  )
  for (let step = 0; step < 80; step++) {
    clock.advance(10)
    await next()
  }
  expect(await result).toBe('done')
  const pauses = looks.slice(1).map((look, index) => look - (looks[index] ?? 0))
  expect(pauses).toHaveLength(4)
  expect(pauses).toEqual([...pauses].sort((a, b) => a - b))
  expect(pauses[3]).toBeGreaterThan(pauses[0] ?? 0)
})

it('gives up when it takes too long', async () => {
  const clock = createFakeClock()
  const result = settle(async () => undefined, { clock, timeoutMs: 300, operation: 'purge' })
  await next()
  clock.advance(300)
  expect(await result).toBeUndefined()
})

it('stops at once when it is cancelled, and leaves no timer', async () => {
  const clock = createFakeClock()
  const controller = new AbortController()
  const result = settle(async () => undefined, {
    clock,
    timeoutMs: 60_000,
    operation: 'purge',
    signal: controller.signal,
  })
  const rejection = expect(result).rejects.toMatchObject({ code: 'CANCELLED' })
  await next()
  controller.abort()
  await rejection
  expect(clock.pendingTimers).toBe(0)
})
