import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { systemClock, toTimestamp } from './clock.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance', 'Date'] }))
afterEach(() => void vi.useRealTimers())

const dayMs = 86_400_000

it('fires once, after the delay', () => {
  let fired = 0
  systemClock.setTimer(() => fired++, 100)
  vi.advanceTimersByTime(99)
  expect(fired).toBe(0)
  vi.advanceTimersByTime(1000)
  expect(fired).toBe(1)
})

it('waits the rest when setTimeout was early', () => {
  let now = 0
  vi.spyOn(performance, 'now').mockImplementation(() => now)
  let fired = 0
  systemClock.setTimer(() => fired++, 10)
  now = 9.4
  vi.advanceTimersByTime(10)
  expect(fired).toBe(0)
  now = 10.4
  vi.advanceTimersByTime(1)
  expect(fired).toBe(1)
})

it('waits longer than setTimeout can, and for ever', () => {
  let fired = 0
  systemClock.setTimer(() => fired++, 60 * dayMs)
  const endless = systemClock.setTimer(() => fired++, Number.POSITIVE_INFINITY)
  vi.advanceTimersByTime(60 * dayMs - 1)
  expect(fired).toBe(0)
  vi.advanceTimersByTime(1)
  expect(fired).toBe(1)
  vi.advanceTimersByTime(400 * dayMs)
  expect(fired).toBe(1)
  endless.cancel()
  expect(vi.getTimerCount()).toBe(0)
})

it('fires soon for a delay that is none', () => {
  let fired = 0
  for (const delayMs of [0, -5, Number.NaN]) systemClock.setTimer(() => fired++, delayMs)
  vi.advanceTimersByTime(2)
  expect(fired).toBe(3)
})

it('is taken back, before and after it was set again', () => {
  let fired = 0
  const timer = systemClock.setTimer(() => fired++, 60 * dayMs)
  vi.advanceTimersByTime(50 * dayMs)
  timer.cancel()
  timer.cancel()
  vi.advanceTimersByTime(50 * dayMs)
  expect(fired).toBe(0)
})

it('keeps no process alive unless told to', () => {
  vi.useRealTimers()
  const active = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length
  const before = active()
  const idle = systemClock.setTimer(() => {}, 60_000)
  expect(active()).toBe(before)
  const kept = systemClock.setTimer(() => {}, 60_000, { keepAlive: true })
  expect(active()).toBe(before + 1)
  idle.cancel()
  kept.cancel()
})

it('reads wall and monotonic time', () => {
  vi.setSystemTime(1000)
  expect(systemClock.wallNow()).toBe(1000)
  const start = systemClock.monotonicNow()
  vi.advanceTimersByTime(5)
  expect(systemClock.monotonicNow() - start).toBe(5)
})

it('writes time as RFC 3339 in UTC with milliseconds', () => {
  expect(toTimestamp(0)).toBe('1970-01-01T00:00:00.000Z')
  expect(toTimestamp(253_402_300_799_999)).toBe('9999-12-31T23:59:59.999Z')
})

it.each([-1, 253_402_300_800_000, Number.NaN, Number.POSITIVE_INFINITY])(
  'refuses to write %d as a timestamp',
  (wallMs) => {
    expect(() => toTimestamp(wallMs)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }))
  },
)
