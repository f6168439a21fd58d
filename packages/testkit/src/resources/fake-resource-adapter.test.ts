import { getEventListeners } from 'node:events'
import { describe, expect, it } from 'vitest'
import { createFakeClock } from '../fake-clock.ts'
import type { AdapterFault } from './adapter-fault.ts'
import { scriptedAdapterFaults } from './adapter-fault-plan.ts'
import { createFakeResourceAdapter, type FakeResourceAdapterOptions } from './fake-resource-adapter.ts'

const every = ['validate', 'reset', 'isBroken', 'health'] as const
const options = (signal = new AbortController().signal) => ({ signal, credentials: {} })

/** An adapter with one resource. */
const withOne = async (given: FakeResourceAdapterOptions = {}) => {
  const adapter = createFakeResourceAdapter({ methods: every, ...given })
  return { adapter, resource: await adapter.create(options()) }
}

/** Notes how a promise ends. */
const outcomeOf = (promise: Promise<unknown> | undefined): { value?: unknown; error?: unknown; isOver?: true } => {
  const outcome: { value?: unknown; error?: unknown; isOver?: true } = {}
  promise?.then(
    (value) => Object.assign(outcome, { value, isOver: true }),
    (error: unknown) => Object.assign(outcome, { error, isOver: true }),
  )
  return outcome
}

describe('a fake adapter', () => {
  it('has the methods that it is given or told to have, and no others', () => {
    expect(Object.keys(createFakeResourceAdapter())).not.toContain('validate')
    const adapter = createFakeResourceAdapter({ methods: ['health'], onReset: () => {} })
    expect(every.filter((name) => adapter[name] !== undefined)).toEqual(['reset', 'health'])
  })

  it('keeps count of everything', async () => {
    const { adapter, resource } = await withOne()
    await adapter.create(options())
    await adapter.validate?.(resource, {})
    await adapter.destroy(resource, {})
    expect([adapter.created.length, adapter.destroyed, adapter.open, adapter.creating]).toEqual([2, [resource], 1, 0])
    expect(adapter.calls).toEqual([
      { method: 'create', call: 1 },
      { method: 'create', call: 2 },
      { method: 'validate', call: 1, resource: 1 },
      { method: 'destroy', call: 1, resource: 1 },
    ])
    expect([resource.validations, resource.destroys, resource.state]).toEqual([1, 1, 'destroyed'])
    expect(adapter.violations).toEqual([])
  })

  it('gives up when it is aborted, and leaves no timer and no listener', async () => {
    const clock = createFakeClock()
    const adapter = createFakeResourceAdapter({ clock, createMs: 10 })
    const controller = new AbortController()
    const outcome = outcomeOf(adapter.create(options(controller.signal)))
    await clock.advanceAsync(5)
    controller.abort()
    await clock.advanceAsync(0)
    expect(outcome.error).toMatchObject({ code: 'CANCELLED', operation: 'create' })
    expect(clock.pendingTimers + getEventListeners(controller.signal, 'abort').length + adapter.creating).toBe(0)
    await clock.advanceAsync(10)
    expect(adapter.created).toEqual([])
  })

  it('comes late instead when it ignores that it is aborted', async () => {
    const clock = createFakeClock()
    const adapter = createFakeResourceAdapter({ clock, createMs: 10, ignoresAbort: true })
    const outcome = outcomeOf(adapter.create(options(AbortSignal.abort())))
    await clock.advanceAsync(10)
    expect(outcome.value).toBe(adapter.created[0])
  })

  it('loses what users left when it is reset', async () => {
    const { adapter, resource } = await withOne()
    await resource.use((session) => session.set('role', 'admin'))
    await adapter.reset?.(resource, {})
    expect(resource.session.size).toBe(0)
  })

  it('breaks: uses reject, validate says no, health says why, and isBroken knows the error', async () => {
    const { adapter, resource } = await withOne()
    const failed: unknown = await resource.fail().catch((error: unknown) => error)
    resource.break()
    const lost: unknown = await resource.use(() => 'done').catch((error: unknown) => error)
    expect(lost).toMatchObject({ code: 'UNAVAILABLE' })
    expect([lost, failed, undefined].map((error) => adapter.isBroken?.(error))).toEqual([true, false, false])
    expect(await adapter.validate?.(resource, {})).toBe(false)
    expect(await adapter.health?.(resource, {})).toMatchObject({ status: 'down', reason: 'The resource is broken.' })
  })
})

describe('a violation', () => {
  it('is a second destroy, and whatever comes after the first', async () => {
    const { adapter, resource } = await withOne()
    await adapter.destroy(resource, {})
    await adapter.destroy(resource, {})
    await adapter.validate?.(resource, {})
    await expect(resource.use(() => 'done')).rejects.toMatchObject({ code: 'CLOSED' })
    expect(adapter.violations).toEqual([
      'a second destroy of 1',
      'validate of 1 after its destroy',
      'use of 1 after its destroy',
    ])
    expect([resource.destroys, adapter.open]).toEqual([2, 0])
  })

  it('is a second call at the same time, unless the first was aborted', async () => {
    const { adapter, resource } = await withOne({
      faults: scriptedAdapterFaults([{ operation: 'validate', fault: { kind: 'hang' } }]),
    })
    const controller = new AbortController()
    void adapter.validate?.(resource, { signal: controller.signal })
    await adapter.reset?.(resource, {})
    expect(adapter.violations).toEqual(['reset of 1 during its validate'])
    void adapter.validate?.(resource, { signal: controller.signal })
    await resource.use(() => 'done')
    expect(adapter.violations).toEqual(['reset of 1 during its validate', 'use of 1 during its validate'])
    controller.abort()
    await adapter.destroy(resource, {})
    expect(adapter.violations).toHaveLength(2)
  })

  it('is a call while a user is at work, but for destroy, by which it is cut off', async () => {
    const { adapter, resource } = await withOne()
    void resource.use(() => new Promise(() => {}))
    await adapter.reset?.(resource, {})
    await adapter.destroy(resource, {})
    expect(adapter.violations).toEqual(['reset of 1 while it is used'])
  })

  it('is a resource of another adapter', async () => {
    const { resource } = await withOne()
    const { adapter } = await withOne()
    await adapter.validate?.(resource, {})
    expect(adapter.violations).toEqual(['validate of a resource that is not of this adapter'])
  })
})

describe('a planned fault', () => {
  const faulty = (fault: AdapterFault) => {
    const clock = createFakeClock()
    const adapter = createFakeResourceAdapter({
      methods: every,
      clock,
      faults: scriptedAdapterFaults([{ call: 2, fault }]),
    })
    return { clock, adapter }
  }

  it('is a call that hangs for ever, or until it is aborted', async () => {
    for (const kind of ['hang', 'silent'] as const) {
      const { clock, adapter } = faulty({ kind })
      await adapter.create(options())
      const controller = new AbortController()
      const outcome = outcomeOf(adapter.create(options(controller.signal)))
      await clock.advanceAsync(100_000)
      expect(outcome.isOver).toBeUndefined()
      controller.abort()
      await clock.advanceAsync(100_000)
      if (kind === 'hang') expect(outcome.isOver).toBeUndefined()
      else expect(outcome.error).toMatchObject({ code: 'CANCELLED' })
    }
  })

  it('is a call that rejects or throws, with a code or with an error', async () => {
    const rejecting = faulty({ kind: 'reject' }).adapter
    await rejecting.create(options())
    await expect(rejecting.create(options())).rejects.toMatchObject({ code: 'UNAVAILABLE', operation: 'create' })
    const throwing = faulty({ kind: 'throw', error: new RangeError('as planned') }).adapter
    const resource = await throwing.create(options())
    expect(() => throwing.create(options())).toThrow(RangeError)
    await throwing.validate?.(resource, {})
    expect(() => throwing.validate?.(resource, {})).toThrow(RangeError)
    // A call that throws is over.
    await throwing.reset?.(resource, {})
    expect([throwing.creating, throwing.violations]).toEqual([0, []])
  })

  it('is a call that takes longer, or comes only after it was aborted', async () => {
    const slow = faulty({ kind: 'slow', delayMs: 30 })
    await slow.adapter.create(options())
    const outcome = outcomeOf(slow.adapter.create(options()))
    await slow.clock.advanceAsync(29)
    expect(outcome.isOver).toBeUndefined()
    await slow.clock.advanceAsync(1)
    expect(outcome.value).toBeDefined()

    const late = faulty({ kind: 'late', delayMs: 30 })
    await late.adapter.create(options())
    const controller = new AbortController()
    const lateOutcome = outcomeOf(late.adapter.create(options(controller.signal)))
    await late.clock.advanceAsync(1000)
    controller.abort()
    await late.clock.advanceAsync(29)
    expect(lateOutcome.isOver).toBeUndefined()
    await late.clock.advanceAsync(1)
    expect(lateOutcome.value).toBe(late.adapter.created[1])
  })

  it('is a resource that breaks, after some uses or now', async () => {
    const { adapter } = faulty({ kind: 'break', afterUses: 2 })
    const first = await adapter.create(options())
    const second = await adapter.create(options())
    await second.use(() => 'one')
    await second.use(() => 'two')
    await expect(second.use(() => 'three')).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    expect(second.uses).toBe(2)
    expect([await adapter.validate?.(first, {}), first.state]).toEqual([true, 'open'])
    expect([await adapter.validate?.(first, {}), first.state]).toEqual([false, 'broken'])
  })
})
