import { HoldfastError } from '@holdfast/contracts'
import { createFakeClock, createFakeResourceAdapter } from '@holdfast/testkit'
import { afterEach, expect, it, vi } from 'vitest'
import { createResourceManager } from './create-resource-manager.ts'
import { resourceKey } from './resource-key.ts'

// Time is fake here: what hangs must not wait for the minute that tests of servers have.
vi.setConfig({ testTimeout: 5000, hookTimeout: 5000 })

const orders = resourceKey<object>('orders-db')
const endings: (() => Promise<void>)[] = []

/** A database of two connections that are both in use, beside which another is made in the way that is asked for. */
const saturated = async (beside: () => Promise<void> | void) => {
  const clock = createFakeClock()
  let isFull = false
  const adapter = createFakeResourceAdapter({
    clock,
    methods: ['validate'],
    onCreate: () => (isFull ? beside() : undefined),
  })
  const manager = createResourceManager({ clock, random: () => 0.5 })
  endings.push(async () => {
    const closed = manager.close({ deadlineMs: 0 }).catch(() => {})
    await clock.advanceAsync(60_000)
    await closed
  })
  manager.register(orders, {
    adapter,
    pool: { maxSize: 2, acquireTimeoutMs: 3_600_000, createTimeoutMs: 3_600_000, leakDetectionMs: 3_600_000 },
    health: { intervalMs: 1000, jitter: 0, timeoutMs: 500, recoveryAttempts: Number.POSITIVE_INFINITY },
  })
  await manager.start()
  const leases = [await manager.acquire(orders), await manager.acquire(orders)]
  const waiting = manager.acquire(orders)
  waiting.catch(() => {})
  isFull = true
  return { clock, adapter, manager, leases, waiting }
}

afterEach(async () => {
  for (const end of endings.splice(0)) await end()
})

it('says that a server hangs also when everything is in use, which is what a server that hangs makes of a pool', async () => {
  const { clock, manager, leases } = await saturated(() => new Promise(() => {}))
  await clock.advanceAsync(1500)
  expect(manager.explain(orders)).toMatchObject({
    state: 'quarantined',
    causes: [
      {
        reason: expect.stringContaining('None of orders-db is free, and one beside them got no answer within 450 ms.'),
      },
    ],
  })
  for (const lease of leases) lease.release()
})

it.each(['UNAVAILABLE', 'RESOURCE_EXHAUSTED', 'UNAUTHENTICATED'] as const)(
  'takes %s for a limit of connections while those that there are go on working',
  async (code) => {
    const { clock, manager, leases, waiting } = await saturated(() => {
      throw new HoldfastError({ code, source: 'test', operation: 'create', message: 'No.', hint: 'None.' })
    })
    await clock.advanceAsync(3000)
    expect(manager.explain(orders)).toMatchObject({ state: 'degraded', statistics: { leased: 2 } })
    for (const lease of leases) lease.release()
    ;(await waiting).release()
  },
)

it('and for a server that is gone when nobody has anything any more, however many wait', async () => {
  const { clock, manager, leases } = await saturated(() => {
    throw new Error('connection refused')
  })
  for (const lease of leases) lease.destroy()
  await clock.advanceAsync(1000)
  expect(manager.explain(orders)).toMatchObject({
    state: 'quarantined',
    causes: [{ reason: expect.stringContaining('one beside them could not be made (UNAVAILABLE)') }],
  })
})

it('ends what it made at once, and makes nothing beside a pool that can be asked', async () => {
  const { clock, adapter, manager, leases, waiting } = await saturated(() => {})
  await clock.advanceAsync(1000)
  expect([adapter.created.length, adapter.open, adapter.violations]).toEqual([3, 2, []])
  expect(manager.explain(orders).health?.last).toMatchObject({
    status: 'degraded',
    reason: expect.stringContaining('wait'),
  })
  for (const lease of leases) lease.release()
  ;(await waiting).release()
  await clock.advanceAsync(5000)
  expect(adapter.created.length).toBe(3)
})

it('asks for a resource of which no tenant has a pool yet', async () => {
  const clock = createFakeClock()
  let isGone = false
  const adapter = createFakeResourceAdapter({
    clock,
    onCreate() {
      if (isGone) throw new Error('connection refused')
    },
  })
  const manager = createResourceManager({ clock, random: () => 0.5 })
  manager.register(orders, {
    adapter,
    health: { intervalMs: 1000, jitter: 0, timeoutMs: 500 },
    tenants: { isolation: 'pool' },
  })
  await manager.start()
  await clock.advanceAsync(1000)
  expect([manager.explain(orders).state, adapter.created.length, adapter.open]).toEqual(['ready', 1, 0])
  isGone = true
  await clock.advanceAsync(1000)
  expect(manager.explain(orders).state).toBe('quarantined')
  const closed = manager.close({ deadlineMs: 0 })
  await clock.advanceAsync(60_000)
  await closed
})
