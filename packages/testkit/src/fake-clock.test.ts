import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createFakeClock } from './fake-clock.ts'

describe('a fake clock', () => {
  it('stands still until it is moved, and moves both clocks', () => {
    const clock = createFakeClock({ wallMs: 1000 })
    expect([clock.wallNow(), clock.monotonicNow()]).toEqual([1000, 0])
    clock.advance(250)
    expect([clock.wallNow(), clock.monotonicNow()]).toEqual([1250, 250])
  })

  it('fires timers in the order of their times, those of one time in the order they were set, each at its own time', () => {
    const clock = createFakeClock()
    const fired: string[] = []
    const note = (name: string) => () => fired.push(`${name}@${clock.monotonicNow()}`)
    clock.setTimer(note('late'), 30)
    clock.setTimer(note('first'), 10)
    clock.setTimer(note('second'), 10)
    clock.setTimer(note('never'), 31)
    clock.advance(30)
    expect(fired).toEqual(['first@10', 'second@10', 'late@30'])
    expect(clock.pendingTimers).toBe(1)
  })

  it('does not fire a timer a moment early, nor twice', () => {
    const clock = createFakeClock()
    let fired = 0
    clock.setTimer(() => fired++, 10)
    clock.advance(9.999)
    expect(fired).toBe(0)
    clock.advance(0.001)
    clock.advance(100)
    expect(fired).toBe(1)
  })

  it('does not fire a timer that was cancelled, also by another timer', () => {
    const clock = createFakeClock()
    const fired: string[] = []
    const doomed = clock.setTimer(() => fired.push('doomed'), 20)
    clock.setTimer(() => doomed.cancel(), 10)
    clock.advance(100)
    doomed.cancel()
    expect([fired, clock.pendingTimers]).toEqual([[], 0])
  })

  it('fires timers that timers set, if they fall due on the way', () => {
    const clock = createFakeClock()
    const times: number[] = []
    const again = (): void => {
      times.push(clock.monotonicNow())
      clock.setTimer(again, 10)
    }
    clock.setTimer(again, 10)
    clock.advance(35)
    expect(times).toEqual([10, 20, 30])
  })

  it('lets promises go on between timers when it is moved asynchronously', async () => {
    const clock = createFakeClock()
    const times: number[] = []
    const sleep = (delayMs: number) => new Promise<void>((resolve) => void clock.setTimer(resolve, delayMs))
    const work = (async () => {
      for (let step = 0; step < 3; step++) {
        await sleep(10)
        times.push(clock.monotonicNow())
      }
    })()
    await clock.advanceAsync(100)
    await work
    expect(times).toEqual([10, 20, 30])
  })

  it('sets the wall clock alone, backwards too', () => {
    const clock = createFakeClock({ wallMs: 1000 })
    let fired = 0
    clock.setTimer(() => fired++, 10)
    clock.setWall(0)
    expect([clock.wallNow(), clock.monotonicNow(), fired]).toEqual([0, 0, 0])
    clock.advance(10)
    expect([clock.wallNow(), fired]).toEqual([10, 1])
  })

  it('fires every timer exactly once, in order, however it is moved', () => {
    const steps = fc.array(fc.nat(50), { maxLength: 20 })
    fc.assert(
      fc.property(fc.array(fc.nat(200), { maxLength: 30 }), steps, (delays, moves) => {
        const clock = createFakeClock()
        const fired: number[] = []
        for (const delay of delays) clock.setTimer(() => fired.push(delay), delay)
        for (const move of [0, ...moves]) clock.advance(move)
        const now = clock.monotonicNow()
        expect(fired).toEqual(delays.filter((delay) => delay <= now).sort((a, b) => a - b))
        expect(clock.pendingTimers).toBe(delays.length - fired.length)
      }),
    )
  })
})
