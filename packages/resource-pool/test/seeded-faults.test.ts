import { createFakeClock, createFakeResourceAdapter, createSeededRandom, seededAdapterFaults } from '@holdfast/testkit'
import { expect, it } from 'vitest'
import { createPool } from '../src/index.ts'

const times = { createTimeoutMs: 40, validateTimeoutMs: 30, resetTimeoutMs: 30, destroyTimeoutMs: 30 }

/** A day in the life of a pool whose adapter does everything wrong that an adapter can, the same for the same seed. */
const live = async (seed: number) => {
  const clock = createFakeClock()
  const random = createSeededRandom(seed)
  const adapter = createFakeResourceAdapter({
    methods: ['validate', 'reset', 'isBroken'],
    clock,
    createMs: 3,
    resetMs: 1,
    faults: seededAdapterFaults({ seed, rate: 0.3 }),
  })
  const pool = createPool(adapter, { ...times, clock, random, maxSize: 4, maxUses: 5, validateIdleLongerThanMs: 2 })
  const settled: string[] = []
  const useOnce = (): Promise<void> =>
    pool.use((resource) => resource.use(() => new Promise<void>((resolve) => void clock.setTimer(resolve, 4))), {
      timeoutMs: 200,
    })
  for (let call = 0; call < 100; call++) {
    useOnce().then(
      () => settled.push('done'),
      () => settled.push('failed'),
    )
    await clock.advanceAsync(Math.floor(random() * 12))
  }
  await clock.advanceAsync(300)
  const closed = pool.close({ deadlineMs: 50 })
  await clock.advanceAsync(1000)
  await closed
  return { adapter, settled, pendingTimers: clock.pendingTimers }
}

it.each(Array.from({ length: 20 }, (_, index) => index + 1))(
  'does nothing that adapters may not be asked, with faults of every kind: seed %i',
  async (seed) => {
    const { adapter, settled, pendingTimers } = await live(seed)
    expect(adapter.violations).toEqual([])
    expect(settled).toHaveLength(100)
    expect(settled.filter((outcome) => outcome === 'done').length).toBeGreaterThan(30)
    expect(adapter.created.map(({ destroys }) => destroys)).toEqual(adapter.created.map(() => 1))
    expect([adapter.open, pendingTimers]).toEqual([0, 0])
    const planned = adapter.calls.filter(({ fault }) => fault !== undefined)
    expect(planned.length).toBeGreaterThan(10)
  },
)
