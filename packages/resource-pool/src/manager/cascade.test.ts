import { AsyncLocalStorage } from 'node:async_hooks'
import { type Clock, HoldfastError } from '@holdfast/contracts'
import { runWithContext } from '@holdfast/contracts/context'
import { createFakeClock } from '@holdfast/testkit'
import { describe, expect, it } from 'vitest'
import { hangs } from '../../test/fake-adapter.ts'
import { createTestManager, settle } from '../../test/test-manager.ts'
import type { ResourceRegistration } from './resource-registration.ts'

const health = {
  intervalMs: 1000,
  jitter: 0,
  timeoutMs: 500,
  recoveryDelayMs: 100,
  maxRecoveryDelayMs: 100,
  upAfter: 1,
}

/** A resource whose checks say what the test wants. */
const createPatient = (manager: ReturnType<typeof createTestManager>) => {
  const patient = { works: true, hangs: false, checks: 0 }
  const add = (name: string, registration: Partial<ResourceRegistration<never>> = {}) => {
    const added = manager.add(
      name,
      { health, pool: { validateIdleLongerThanMs: Number.POSITIVE_INFINITY }, ...registration },
      {
        onValidate: () => {
          patient.checks += 1
          return patient.hangs ? hangs() : patient.works
        },
        onCreate: () => {
          if (!patient.works) throw down()
        },
      },
    )
    return added
  }
  return { patient, add }
}

const down = (): HoldfastError =>
  new HoldfastError({
    code: 'UNAVAILABLE',
    source: 'test',
    operation: 'create',
    message: 'Nobody answers.',
    hint: 'Wait.',
  })

describe('a resource that fails its checks', () => {
  it('is quarantined within one interval, with those bound to it; those that require it are degraded; and all recover', async () => {
    const own = createTestManager()
    const { clock, manager, told, add } = own
    const { patient, add: addPatient } = createPatient(own)
    const db = addPatient('db')
    const api = add('api', { requires: [db.key], health })
    const worker = add('worker', { bindsTo: [db.key], health })
    const page = add('page', { requires: [worker.key], wants: [api.key] })
    await settle(clock, manager.start())
    told.length = 0
    patient.works = false
    await clock.advanceAsync(1000)
    expect(told).toEqual(['db quarantined', 'api degraded', 'worker quarantined', 'page degraded'])
    await expect(manager.acquire(db.key)).rejects.toMatchObject({ code: 'UNAVAILABLE', reason: 'QUARANTINED' })
    await expect(manager.acquire(worker.key)).rejects.toMatchObject({
      reason: 'QUARANTINED',
      message: expect.stringContaining('db was quarantined: its checks say down'),
    })
    expect(await manager.use(api.key, () => 'served')).toBe('served')
    expect(manager.explain(page.key).causes.map(({ resource }) => resource)).toEqual(['worker', 'db', undefined])
    expect(manager.health()).toMatchObject({ status: 'down', isReady: false })
    told.length = 0
    patient.works = true
    await clock.advanceAsync(1000)
    expect(told).toEqual(['db ready', 'api ready', 'worker ready', 'page ready'])
    expect(await manager.use(worker.key, () => 'served')).toBe('served')
    expect(manager.health()).toMatchObject({ status: 'up', isReady: true })
    expect(manager.explain(db.key).health?.status).toBe('up')
    expect(manager.healthHistory(db.key).length).toBeGreaterThan(1)
    await settle(clock, manager.close())
    await clock.advanceAsync(1)
    expect(clock.pendingTimers).toBe(0)
  })

  it('is asked alone: what requires it is not probed meanwhile', async () => {
    const own = createTestManager()
    const { clock, manager } = own
    const parent = createPatient(own)
    const child = createPatient(own)
    const db = parent.add('db')
    child.add('api', { requires: [db.key] })
    await settle(clock, manager.start())
    await clock.advanceAsync(1000)
    parent.patient.works = false
    await clock.advanceAsync(1000)
    const { checks } = child.patient
    await clock.advanceAsync(5000)
    expect(child.patient.checks).toBe(checks)
  })

  it('is given up in the end, cleared away, and started again by hand', async () => {
    const own = createTestManager()
    const { clock, manager, told, add } = own
    const { patient, add: addPatient } = createPatient(own)
    const db = addPatient('db', { health: { ...health, recoveryAttempts: 3 } })
    const worker = add('worker', { bindsTo: [db.key] })
    await settle(clock, manager.start())
    patient.works = false
    await clock.advanceAsync(10_000)
    expect(manager.explain(db.key)).toMatchObject({ state: 'failed', causes: [{ reason: 'did not recover' }, {}] })
    expect(manager.explain(worker.key).state).toBe('quarantined')
    expect(db.adapter.destroyed).toHaveLength(db.adapter.created.length)
    await expect(manager.acquire(db.key)).rejects.toMatchObject({ reason: 'NOT_READY' })
    patient.works = true
    told.length = 0
    await settle(clock, manager.start())
    expect(told).toEqual(['db starting', 'db ready', 'worker ready'])
    await clock.advanceAsync(3000)
    expect(manager.explain(db.key).health?.status).toBe('up')
  })

  it('is down too when its check hangs', async () => {
    const own = createTestManager()
    const { clock, manager } = own
    const { patient, add } = createPatient(own)
    const db = add('db')
    await settle(clock, manager.start())
    patient.hangs = true
    await clock.advanceAsync(1500)
    expect(manager.explain(db.key)).toMatchObject({
      state: 'quarantined',
      causes: [{ reason: expect.stringContaining('no answer within 500 ms') }],
    })
    const stopped = await settle(clock, manager.stop(), 7100)
    expect(stopped).toBeUndefined()
  })

  it('that flaps stays away until it has been up often enough', async () => {
    const own = createTestManager()
    const { clock, manager, told } = own
    const { patient, add } = createPatient(own)
    add('db', { health: { ...health, upAfter: 3, recoveryAttempts: Number.POSITIVE_INFINITY } })
    await settle(clock, manager.start())
    told.length = 0
    for (let i = 0; i < 40; i += 1) {
      patient.works = i % 2 === 1
      await clock.advanceAsync(150)
    }
    expect(told.filter((text) => text === 'db ready').length).toBeLessThanOrEqual(1)
    expect(told[0]).toBe('db quarantined')
    patient.works = true
    await clock.advanceAsync(5000)
    expect(manager.health().isReady).toBe(true)
  })

  it('is asked outside of the request that has started it, whose deadline is over by then', async () => {
    const clock = createFakeClock()
    // As the timers of the platform do.
    const setTimer: Clock['setTimer'] = (callback, delayMs, options) =>
      clock.setTimer(AsyncLocalStorage.bind(callback), delayMs, options)
    const own = createTestManager({ clock: { ...clock, setTimer } })
    const { manager } = own
    const { add } = createPatient(own)
    const db = add('db', { pool: { validateIdleLongerThanMs: 0 } })
    const deadline = clock.monotonicNow() + 500
    await settle(
      clock,
      runWithContext({ deadline, tenant: 'acme' }, () => manager.start()),
    )
    await clock.advanceAsync(5000)
    expect(manager.explain(db.key)).toMatchObject({ state: 'ready', health: { trend: { upShare: 1 } } })
  })
})
