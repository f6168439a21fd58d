import { createFakeClock } from '@holdfast/testkit'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { rateLimit } from './rate-limit.ts'
import { retry } from './retry.ts'

it('lets a burst through, says when the next call may come, and lets it through then', async () => {
  const clock = createFakeClock()
  const policy = rateLimit({ perSecond: 4, burst: 2, clock })
  const ask = () => policy.execute(async () => 'OK', { operation: 'ask' })
  expect([await ask(), await ask()]).toEqual(['OK', 'OK'])
  await expect(ask()).rejects.toMatchObject({ code: 'RATE_LIMITED', operation: 'ask', retryAfterMs: 250 })
  clock.advance(250)
  expect(await ask()).toBe('OK')
})

it('is waited for by a retry outside of it', async () => {
  const clock = createFakeClock()
  const policy = rateLimit({ perSecond: 1, clock })
  await policy.execute(async () => 'OK')
  const call = retry({ clock, policy: { jitter: 'none' } }).execute((attempt) =>
    policy.execute(async () => 'OK', attempt),
  )
  await clock.advanceAsync(999)
  expect(clock.pendingTimers).toBe(1)
  await clock.advanceAsync(1)
  expect(await call).toBe('OK')
})

it('never lets more through than the rate and the burst, whenever calls come and clocks jump back', async () => {
  const steps = fc.array(fc.integer({ min: -500, max: 1500 }), { maxLength: 60 })
  await fc.assert(
    fc.asyncProperty(steps, async (waits) => {
      const clock = createFakeClock()
      let offsetMs = 0
      const jumping = { ...clock, monotonicNow: () => clock.monotonicNow() + offsetMs }
      const policy = rateLimit({ perSecond: 2, burst: 3, clock: jumping })
      let passed = 0
      let tokens = 3
      for (const waitMs of waits) {
        if (waitMs < 0) offsetMs += waitMs
        else clock.advance(waitMs)
        tokens = Math.min(3, tokens + (Math.max(0, waitMs) / 1000) * 2)
        const before = passed
        await policy.execute(async () => void passed++).catch(() => {})
        expect(passed - before).toBe(tokens >= 1 - 1e-9 ? 1 : 0)
        tokens -= passed - before
      }
    }),
  )
})

it('refuses options with every problem at once', () => {
  expect(() => rateLimit({ perSecond: 0, burst: 0 })).toThrow(/perSecond.*burst/)
})
