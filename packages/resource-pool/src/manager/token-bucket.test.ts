import fc from 'fast-check'
import { expect, it } from 'vitest'
import { TokenBucket } from './token-bucket.ts'

it('gives the tokens of one second at once, and then one after the other', () => {
  const bucket = new TokenBucket(10, 5)
  for (let taken = 0; taken < 10; taken++) expect(bucket.take(5)).toBe(true)
  expect([bucket.take(5), bucket.waitMs(5)]).toEqual([false, 100])
  expect([bucket.take(104), bucket.take(105), bucket.take(105)]).toEqual([false, true, false])
  expect(bucket.fullAtMs(105)).toBe(1105)
})

it('gives less than one in a second too', () => {
  const bucket = new TokenBucket(0.5, 0)
  expect([bucket.take(0), bucket.take(1999), bucket.waitMs(1999), bucket.take(2000)]).toEqual([true, false, 1, true])
})

it('keeps what it has when the rate changes, as far as there is room', () => {
  const bucket = new TokenBucket(10, 0)
  for (let taken = 0; taken < 7; taken++) bucket.take(0)
  bucket.setRate(2, 0)
  expect([bucket.take(0), bucket.take(0), bucket.take(0)]).toEqual([true, true, false])
  bucket.setRate(100, 0)
  expect([bucket.take(9), bucket.take(10)]).toEqual([false, true])
})

it('neither loses nor gains anything in a year of a rate that divides by nothing', () => {
  const bucket = new TokenBucket(3, 0)
  let taken = 0
  let now = 0
  for (; taken < 100_000; taken++) {
    now += bucket.waitMs(now)
    if (!bucket.take(now)) throw new Error(`refused at ${now}`)
    // Sometimes a long pause that does not fill it, which is where the count begins anew.
    if (taken % 1000 === 999) now += 300
  }
  const due = (taken - 3) / 3
  expect(now / 1000).toBeGreaterThanOrEqual(due - 1)
  expect(now / 1000).toBeLessThan(due + 1 + 100 * 0.3)
})

it('never gives more than its room and what came in the time, and always after the wait it has named', () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.integer({ min: 1, max: 1000 }), fc.double({ min: 0.01, max: 50, noNaN: true })),
      fc.array(fc.oneof(fc.nat(3000), fc.double({ min: 0, max: 50, noNaN: true }), fc.constant('wait' as const)), {
        maxLength: 200,
      }),
      (rate, steps) => {
        const bucket = new TokenBucket(rate, 0)
        const times: number[] = []
        let now = 0
        for (const each of steps) {
          const waitMs = bucket.waitMs(now)
          now += each === 'wait' ? waitMs : each
          const isTaken = bucket.take(now)
          if (isTaken) times.push(now)
          if (each === 'wait') expect(isTaken).toBe(true)
        }
        // Between any two takes: those in between come out of the room and of what has come since.
        const room = Math.max(1, rate)
        for (let from = 0; from < times.length; from++) {
          for (let to = from; to < times.length; to++) {
            const elapsedMs = (times[to] ?? 0) - (times[from] ?? 0) + 0.001
            expect(to - from + 1).toBeLessThanOrEqual(room + (rate * elapsedMs) / 1000 + 1e-6)
          }
        }
      },
    ),
    { numRuns: 200 },
  )
})
