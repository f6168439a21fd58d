import { createFakeClock } from '@holdfast/testkit'
import { describe, expect, it } from 'vitest'
import { createFakeAdapter, type FakeAdapterOptions, type FakeResource } from '../../test/fake-adapter.ts'
import { createResourceManager } from './create-resource-manager.ts'
import { resourceKey } from './resource-key.ts'
import type { ResourceRegistration } from './resource-registration.ts'

const setup = () => {
  const clock = createFakeClock()
  const manager = createResourceManager({ clock, random: () => 0.5 })
  const told: string[] = []
  manager.on('resource.transitioned', ({ resource, to }) => told.push(`${resource} ${to}`))
  const add = (
    name: string,
    registration: Partial<ResourceRegistration<FakeResource>> = {},
    options: FakeAdapterOptions = {},
  ) => {
    const adapter = createFakeAdapter({ clock, ...options })
    const key = resourceKey<FakeResource>(name)
    manager.register(key, { adapter, health: false, ...registration })
    return { key, adapter }
  }
  return { clock, manager, told, add }
}

describe('a resource manager', () => {
  it('starts in the order of what is required, hands out leases, and stops in reverse', async () => {
    const { clock, manager, told, add } = setup()
    const db = add('orders-db', {}, { createMs: 20 })
    const api = add('orders-api', { requires: [db.key] })
    expect(manager.startupOrder()).toEqual(['orders-db', 'orders-api'])
    const started = manager.start()
    await clock.advanceAsync(10)
    expect(manager.state).toBe('starting')
    expect(manager.graph().nodes).toMatchObject([
      { name: 'orders-db', state: 'starting', waitsFor: [] },
      { name: 'orders-api', state: 'created', waitsFor: ['orders-db'] },
    ])
    await expect(manager.acquire(api.key)).rejects.toMatchObject({ code: 'UNAVAILABLE', reason: 'NOT_READY' })
    await clock.advanceAsync(10)
    await started
    expect(manager.state).toBe('ready')
    expect(manager.health()).toMatchObject({ status: 'up', isReady: true })
    const lease = await manager.acquire(api.key)
    expect(lease.resource.isAlive).toBe(true)
    expect(await manager.use(db.key, ({ number }) => number)).toBe(1)
    const stopped = manager.stop()
    await clock.advanceAsync(10)
    expect(manager.state).toBe('stopping')
    await expect(manager.acquire(api.key)).rejects.toMatchObject({ reason: 'NOT_READY' })
    expect(manager.graph().nodes).toMatchObject([{ waitsFor: ['orders-api'] }, { waitsFor: [] }])
    lease.release()
    await stopped
    expect(told).toEqual([
      'orders-db starting',
      'orders-db ready',
      'orders-api starting',
      'orders-api ready',
      'orders-api draining',
      'orders-api stopped',
      'orders-db draining',
      'orders-db stopped',
    ])
    expect(manager.state).toBe('stopped')
    expect([api.adapter.destroyed.length, db.adapter.destroyed.length]).toEqual([1, 1])
    await clock.advanceAsync(1)
    expect(clock.pendingTimers).toBe(0)
    const again = manager.start()
    await clock.advanceAsync(20)
    await again
    expect(await manager.use(api.key, ({ number }) => number)).toBe(2)
    const closed = manager.close()
    expect(manager.close()).toBe(closed)
    await closed
    expect(manager.state).toBe('stopped')
    await expect(manager.start()).rejects.toMatchObject({ code: 'CLOSED' })
  })
})
