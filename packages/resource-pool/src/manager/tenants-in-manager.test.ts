import { createFakeClock } from '@holdfast/testkit'
import { describe, expect, it } from 'vitest'
import { closeNow } from '../../test/close-now.ts'
import { createFakeAdapter } from '../../test/fake-adapter.ts'
import { createTestManager, settle } from '../../test/test-manager.ts'
import { createPool } from '../index.ts'
import { createTenantGate } from './tenant-gate.ts'

describe('tenants of a managed resource', () => {
  it('get what the start has made, which nobody has used', async () => {
    const { clock, manager, add } = createTestManager()
    const { key, adapter } = add('db', { tenants: {}, pool: { maxSize: 1 }, health: { intervalMs: 100 } })
    expect(await settle(clock, manager.start())).toBeUndefined()
    await clock.advanceAsync(1000)
    const numbers: number[] = []
    for (const tenant of ['acme', 'acme', 'globex']) {
      const used = manager.use(key, ({ number }) => numbers.push(number), { tenant })
      await clock.advanceAsync(50)
      await used
    }
    expect([numbers, adapter.created.length]).toEqual([[1, 1, 2], 2])
    await settle(clock, manager.close())
  })

  it('cannot share a singleton, unless its adapter isolates them', async () => {
    const { clock, manager, add } = createTestManager()
    expect(() => add('one', { kind: 'singleton', tenants: {} })).toThrow(
      expect.objectContaining({
        details: { problems: [expect.objectContaining({ path: 'tenants.isolation', given: '"shared"' })] },
      }),
    )
    add('two', { kind: 'singleton', tenants: { isolation: 'pool' } })
    add('three', {
      kind: 'singleton',
      tenants: {},
      adapter: { ...createFakeAdapter({ clock }), isolatesTenants: true },
    })
    expect(manager.startupOrder()).toEqual(['two', 'three'])
    await settle(clock, manager.close())
  })
})

describe('a tenant beside another', () => {
  /** When each caller of the quiet tenant is served, with or without a neighbour that wants all it can get. */
  const turns = async (hasNeighbour: boolean): Promise<readonly number[]> => {
    const clock = createFakeClock()
    const pool = createPool(createFakeAdapter({ clock }), {
      maxSize: 2,
      clock,
      separateTenants: true,
      random: () => 0.5,
    })
    const gate = createTenantGate(pool, { quota: () => ({ maxLeases: 1 }) }, { clock, acquireTimeoutMs: 1e6 })
    const hold = (): Promise<void> => new Promise((resolve) => void clock.setTimer(resolve, 10))
    const served: number[] = []
    // One lease of its own each: the neighbour's waits at its quota, never in the line.
    if (hasNeighbour) for (let count = 0; count < 500; count++) gate.use(hold, { tenant: 'loud' }).catch(() => {})
    for (let count = 0; count < 20; count++) {
      const work = (): Promise<void> => {
        served.push(clock.monotonicNow())
        return hold()
      }
      gate.use(work, { tenant: 'quiet' }).catch(() => {})
      await clock.advanceAsync(5)
    }
    await clock.advanceAsync(500)
    await closeNow(gate, clock)
    return served
  }

  it('at its quota does not change when it is served', async () => {
    const alone = await turns(false)
    expect(alone.length).toBe(20)
    expect(await turns(true)).toEqual(alone)
  })

  it('with ten thousand callers at its quota is served at once', async () => {
    const clock = createFakeClock()
    const pool = createPool(createFakeAdapter({ clock }), { maxSize: 2, clock, random: () => 0.5 })
    const gate = createTenantGate(pool, { quota: { maxLeases: 1 } }, { clock, acquireTimeoutMs: 1000 })
    const outcomes = { given: 0, refused: 0 }
    for (let count = 0; count < 10_000; count++) {
      gate
        .use(() => (outcomes.given += 1), { tenant: 'crowd' })
        .catch(() => {
          outcomes.refused += 1
        })
    }
    const single = await gate.acquire({ tenant: 'single' })
    expect(outcomes.given).toBeLessThan(20)
    single.release()
    await clock.advanceAsync(0)
    expect([outcomes, gate.tenants()]).toEqual([{ given: 10_000, refused: 0 }, []])
    await closeNow(gate, clock)
  })
})
