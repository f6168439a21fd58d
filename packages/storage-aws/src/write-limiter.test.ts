import { createFakeClock } from '@holdfast/testkit'
import { expect, it } from 'vitest'
import { createWriteLimiter } from './write-limiter.ts'

const site = { source: 'storage-aws', operation: 'store' }

const create = (options = {}) => {
  const clock = createFakeClock()
  const limiter = createWriteLimiter({ perSecond: 50, clock, ...options })
  const sent: number[] = []
  let number = 0
  const take = (turn = {}): Promise<void> => {
    const mine = number++
    return limiter.take({ ...site, ...turn }).then(() => void sent.push(mine))
  }
  return { clock, limiter, take, done: sent }
}

it('lets a burst through at once and the rest at its rate, in order', async () => {
  const { clock, limiter, take, done } = create()
  const all = Promise.all(Array.from({ length: 120 }, () => take()))
  await clock.advanceAsync(0)
  expect([done.length, limiter.waiting]).toEqual([50, 70])
  await clock.advanceAsync(1000)
  expect(done).toHaveLength(100)
  await clock.advanceAsync(400)
  expect(done).toEqual(Array.from({ length: 120 }, (_, index) => index))
  await all
  expect([limiter.waiting, clock.pendingTimers]).toEqual([0, 0])
})

it('never lets more through in any second than the burst and the rate', async () => {
  const { clock, take, done } = create({ burst: 5 })
  for (let step = 0; step < 100; step++) {
    for (let call = 0; call < 3; call++) take().catch(() => {})
    await clock.advanceAsync(10)
    expect(done.length).toBeLessThanOrEqual(5 + Math.floor(((step + 1) * 10 * 50) / 1000))
  }
  expect(done.length).toBeGreaterThanOrEqual(54)
})

it('refuses at once what could not be sent before its deadline, and says when it could', async () => {
  const { clock, limiter, take } = create({ burst: 1 })
  await take()
  const waiting = take()
  const late = take({ deadline: clock.monotonicNow() + 39 }).then(
    () => 'sent',
    (error: unknown) => error,
  )
  await clock.advanceAsync(0)
  const inTime = take({ deadline: clock.monotonicNow() + 41 })
  await clock.advanceAsync(40)
  expect(await late).toMatchObject({ code: 'RATE_LIMITED', retryable: true, retryAfterMs: 40, operation: 'store' })
  await Promise.all([waiting, inTime])
  expect(limiter.waiting).toBe(0)
})

it('refuses what would wait too long', async () => {
  const { clock, take } = create({ perSecond: 1, maxWaitMs: 2000 })
  await take()
  const waiting = [take(), take()]
  await expect(take()).rejects.toMatchObject({ code: 'RATE_LIMITED' })
  await clock.advanceAsync(2000)
  await Promise.all(waiting)
})

it('gives the turn of a call that was given up to the next, and leaves no timer', async () => {
  const { clock, limiter, take, done } = create({ burst: 1 })
  await take()
  const controller = new AbortController()
  const first = take({ signal: controller.signal })
  const second = take()
  controller.abort()
  await expect(first).rejects.toMatchObject({ code: 'CANCELLED' })
  await clock.advanceAsync(20)
  await second
  expect(done).toEqual([0, 2])
  await expect(take({ signal: controller.signal })).rejects.toMatchObject({ code: 'CANCELLED' })
  const lonely = new AbortController()
  const alone = take({ signal: lonely.signal })
  lonely.abort()
  await expect(alone).rejects.toMatchObject({ code: 'CANCELLED' })
  expect([limiter.waiting, clock.pendingTimers]).toEqual([0, 0])
})
