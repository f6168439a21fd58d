import { createFakeClock } from '@holdfast/testkit'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CoarseClock } from './coarse-clock.ts'
import { DurationHistogram } from './duration-histogram.ts'
import { IdleSlots } from './idle-slots.ts'
import { recommendSize } from './recommend-size.ts'
import { Slot, type SlotOwner } from './slot.ts'
import { TenantTurns } from './tenant-turns.ts'
import { Waiter } from './waiter.ts'

const owner: SlotOwner<number> = {
  name: 'parts',
  giveBack: () => {},
  giveBackUnsure: () => {},
  breakUp: () => {},
  describe: () => {
    throw new Error('not asked for here')
  },
}
const slotOf = (number: number): Slot<number> => new Slot(owner, number, number, 1, 0, 1000, 0)

describe('the idle slots', () => {
  it.each(['lifo', 'fifo'] as const)('are taken in the order %s, whatever is taken out of the middle', (order) => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.constant('take'), fc.constant('push'), fc.nat(5))), (steps) => {
        const idle = new IdleSlots<number>(order)
        let model: number[] = []
        let next = 0
        for (const step of steps) {
          if (step === 'push') {
            idle.push(slotOf(next))
            model.push(next++)
          } else if (step === 'take') {
            expect(idle.take()?.number).toBe(order === 'lifo' ? model.pop() : model.shift())
          } else {
            const leaves = (number: number): boolean => number % 6 === step
            expect(idle.extract(({ number }) => leaves(number)).map(({ number }) => number)).toEqual(
              model.filter(leaves),
            )
            model = model.filter((number) => !leaves(number))
          }
          expect([...idle].map(({ number }) => number)).toEqual(order === 'lifo' ? model.toReversed() : model)
        }
      }),
    )
  })
})

describe('the turns of tenants', () => {
  const ask = (turns: TenantTurns<number>, tenant: string): Waiter<number> => {
    const waiter = new Waiter(0, 0, turns.queueOf(tenant))
    turns.push(waiter)
    return waiter
  }

  it('go by weight, and a weight that cannot be meant is 1', () => {
    const weights: Readonly<Record<string, number>> = { gold: 3, odd: Number.NaN, none: 0 }
    const turns = new TenantTurns<number>((tenant = '') => weights[tenant] ?? 1)
    for (const tenant of ['gold', 'odd', 'none', 'plain']) for (let count = 0; count < 30; count++) ask(turns, tenant)
    const served = Array.from({ length: 36 }, () => turns.shift()?.queue.tenant ?? '')
    const counts: Record<string, number> = {}
    for (const tenant of served) counts[tenant] = (counts[tenant] ?? 0) + 1
    expect(counts).toEqual({ gold: 18, odd: 6, none: 6, plain: 6 })
  })

  it('ask for the weight of a tenant that was alone again when another comes', () => {
    let gold = 1
    const turns = new TenantTurns<number>((tenant) => (tenant === 'gold' ? gold : 1))
    ask(turns, 'gold')
    expect(turns.shift()?.queue.tenant).toBe('gold')
    gold = 3
    for (let count = 0; count < 30; count++) ask(turns, 'gold')
    for (let count = 0; count < 30; count++) ask(turns, 'plain')
    const served = Array.from({ length: 20 }, () => turns.shift()?.queue.tenant)
    expect(served.filter((tenant) => tenant === 'gold')).toHaveLength(15)
  })

  it('keep the room of one tenant that comes and goes, not that of a crowd', () => {
    const turns = new TenantTurns<number>(() => 1)
    const roomAfter = (crowd: number): number => {
      for (let count = 0; count < crowd; count++) ask(turns, 'a')
      while (turns.length > 0) turns.shift()
      return turns.queueOf('a').places
    }
    expect([roomAfter(600), roomAfter(3), roomAfter(10_000)]).toEqual([1024, 1024, 16])
  })

  it('survive a function that throws', () => {
    const turns = new TenantTurns<number>(() => {
      throw new Error('no weight')
    })
    ask(turns, 'a')
    expect(turns.shift()?.queue.weight).toBe(1)
  })

  it('keep each tenant’s order and forget nobody, whoever leaves', () => {
    const step = fc.oneof(
      fc.record({ do: fc.constant('ask' as const), tenant: fc.constantFrom('a', 'b', 'c') }),
      fc.record({ do: fc.constant('leave' as const), pick: fc.nat() }),
      fc.constant({ do: 'serve' as const }),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const turns = new TenantTurns<number>(() => 1)
        const waiting: Waiter<number>[] = []
        for (const each of steps) {
          if (each.do === 'ask') waiting.push(ask(turns, each.tenant))
          else if (each.do === 'leave') {
            const [gone] = waiting.splice(each.pick % Math.max(1, waiting.length), 1)
            if (gone !== undefined) turns.leave(gone)
          } else {
            const served = turns.shift()
            const first = waiting.find(({ queue }) => queue.tenant === served?.queue.tenant)
            expect(served).toBe(first)
            if (first !== undefined) waiting.splice(waiting.indexOf(first), 1)
          }
          expect(turns.length).toBe(waiting.length)
          expect(new Set(turns)).toEqual(new Set(waiting))
        }
      }),
    )
  })

  it('cost the same for who leaves, however many wait', () => {
    const turns = new TenantTurns<number>(() => 1)
    const waiting = Array.from({ length: 100_000 }, (_, index) => ask(turns, `tenant ${index % 1000}`))
    for (const waiter of waiting) turns.leave(waiter)
    expect(turns.length).toBe(0)
    expect(turns.shift()).toBeUndefined()
  })
})

describe('the coarse clock', () => {
  it('is read once per millisecond, never goes back, and arms nothing while nobody asks', () => {
    const clock = createFakeClock()
    const ticks: unknown[] = []
    const coarse = new CoarseClock(clock, (reading, lagMs) => ticks.push([reading, lagMs]))
    expect(clock.pendingTimers).toBe(0)
    expect([coarse.now(), coarse.now()]).toEqual([0, 0])
    expect(clock.pendingTimers).toBe(1)
    clock.advance(10)
    expect(clock.pendingTimers).toBe(0)
    expect(coarse.now()).toBe(10)
    expect(ticks).toEqual([[0, 0]])
    expect(coarse.fromMonotonic(25)).toBe(25)
    coarse.stop()
    expect(coarse.now()).toBe(10)
  })
})

describe('the histogram', () => {
  it('finds the middle and the slowest to a factor of two', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(1_000_000), { minLength: 1 }), (durations) => {
        const histogram = new DurationHistogram()
        for (const each of durations) histogram.record(each)
        const sorted = durations.toSorted((a, b) => a - b)
        const { p50Ms, p99Ms, maxMs, count, totalMs } = histogram.read()
        const [median = 0, slow = 0] = [0.5, 0.99].map((share) => sorted[Math.ceil(sorted.length * share) - 1])
        expect(p50Ms).toBeGreaterThanOrEqual(median)
        expect(p50Ms).toBeLessThanOrEqual(Math.max(1, median * 2))
        expect(p99Ms).toBeGreaterThanOrEqual(slow)
        expect({ maxMs, count, totalMs }).toEqual({
          maxMs: sorted.at(-1),
          count: durations.length,
          totalMs: durations.reduce((sum, each) => sum + each, 0),
        })
      }),
    )
  })

  it('is empty at first, and holds what takes hours', () => {
    const histogram = new DurationHistogram()
    expect(histogram.read()).toMatchObject({ count: 0, p50Ms: 0, p99Ms: 0 })
    histogram.record(2 ** 33)
    expect(histogram.read()).toMatchObject({ count: 1, p99Ms: 2 ** 33 })
  })
})

describe('the recommended size', () => {
  it('is the load and a reserve of twice its square root', () => {
    const load = { elapsedMs: 60_000, acquisitions: 10_000, heldMs: 60_000 * 9, waited: 5000 }
    expect(recommendSize(load, 10)).toEqual({
      size: 15,
      reason:
        '9 leases were out on average, of at most 10, and 50 % of the acquires waited: the pool is too small for that.',
    })
    expect(recommendSize({ ...load, waited: 0 }, 16).reason).toContain('about right')
    expect(recommendSize({ ...load, heldMs: 1 }, 16).size).toBe(1)
    expect(recommendSize({ ...load, acquisitions: 99 }, 16).size).toBe(16)
  })
})
