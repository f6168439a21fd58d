import { createFakeClock } from '@holdfast/testkit'
import { expect, it } from 'vitest'
import { createFakeAdapter } from '../test/fake-adapter.ts'
import { createPool } from './create-pool.ts'

/** A pool of resources whose uses take the given times, and how often each is used when one caller after the other comes. */
const setup = async (costsMs: readonly number[], order: 'lifo' | 'fifo' | 'adaptive') => {
  const clock = createFakeClock()
  const pool = createPool(createFakeAdapter(), { clock, order, maxSize: costsMs.length, maxConcurrentCreates: 10 })
  const costs = [...costsMs]
  const failing = new Set<number>()
  const use = async (counts: number[]): Promise<void> => {
    const used = pool.use(async ({ number }) => {
      counts[number - 1] = (counts[number - 1] ?? 0) + 1
      await new Promise<void>((resolve) => void clock.setTimer(resolve, costs[number - 1] ?? 0))
      if (failing.has(number)) throw new Error('a failed statement')
    })
    used.catch(() => {})
    await clock.advanceAsync(Math.max(...costs))
  }
  const serve = async (calls: number): Promise<number[]> => {
    const counts = costs.map(() => 0)
    for (let call = 0; call < calls; call++) await use(counts)
    return counts
  }
  const leases = await Promise.all(costsMs.map(() => pool.acquire()))
  for (const lease of leases) lease.release()
  return { clock, pool, costs, failing, serve }
}

it('gives faster resources more of the work, by how much faster they are', async () => {
  const { pool, serve } = await setup([2, 2, 8, 40], 'adaptive')
  await serve(200)
  const [first = 0, second = 0, third = 0, slow = 0] = await serve(400)
  expect(Math.abs(first - second)).toBeLessThan(10)
  expect(first / third).toBeGreaterThan(8)
  expect(first / third).toBeLessThan(16)
  expect(slow).toBeGreaterThan(0)
  expect(first / slow).toBeGreaterThan(30)
  await pool.close()
})

it('notices when they change places', async () => {
  const { pool, costs, serve } = await setup([2, 40], 'adaptive')
  await serve(200)
  costs.splice(0, 2, 40, 2)
  await serve(400)
  const [nowSlow = 0, nowFast = 0] = await serve(200)
  expect(nowFast).toBeGreaterThan(nowSlow * 5)
  await pool.close()
})

it('gives less to one whose work fails', async () => {
  const { pool, failing, serve } = await setup([5, 5], 'adaptive')
  failing.add(2)
  await serve(100)
  const [good = 0, bad = 0] = await serve(200)
  expect(good).toBeGreaterThan(bad * 5)
  failing.clear()
  await serve(2000)
  const [first = 0, recovered = 0] = await serve(200)
  expect(recovered).toBeGreaterThan(first / 2)
  await pool.close()
})

it('spends less time on slow resources than the static orders do', async () => {
  const spent: Record<string, number> = {}
  for (const order of ['lifo', 'fifo', 'adaptive'] as const) {
    const costs = [2, 2, 2, 60]
    const { clock, pool } = await setup(costs, order)
    const startedAt = clock.monotonicNow()
    let left = 600
    // Two callers at a time, so that there is always a choice.
    const call = async (): Promise<void> => {
      while (left > 0) {
        left -= 1
        await pool.use(
          ({ number }) => new Promise<void>((resolve) => void clock.setTimer(resolve, costs[number - 1] ?? 0)),
        )
      }
    }
    const done = Promise.all([call(), call()]).then(() => clock.monotonicNow() - startedAt)
    await clock.advanceAsync(60_000)
    spent[order] = await done
    await pool.close()
  }
  expect(spent.adaptive).toBeLessThan((spent.lifo ?? 0) * 0.8)
  expect(spent.adaptive).toBeLessThan((spent.fifo ?? 0) * 0.7)
})
