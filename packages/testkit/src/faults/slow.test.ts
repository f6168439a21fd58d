import { describe, expect, it } from 'vitest'
import { type CountingService, countingOperations, createCountingService } from '../../test/counting-service.ts'
import { collect } from '../collect.ts'
import { createFakeClock } from '../fake-clock.ts'
import { type SlowOptions, slow } from './slow.ts'

const slowed = (options: Omit<SlowOptions, 'clock'>) => {
  const clock = createFakeClock()
  const inner = createCountingService()
  return {
    clock,
    inner,
    service: slow<CountingService, CountingService>(inner, countingOperations, { clock, ...options }),
  }
}

describe('slow', () => {
  it('delays a call before its effect', async () => {
    const { clock, inner, service } = slowed({ delayMs: 100 })
    const added = service.add(1)
    await clock.advanceAsync(99)
    expect(await inner.read()).toBe(0)
    await clock.advanceAsync(1)
    expect([await added, await inner.read()]).toEqual([1, 1])
  })

  it('delays the answer after the effect', async () => {
    const { clock, inner, service } = slowed({ delayMs: 100, when: 'after' })
    let answered = false
    const added = service.add(1).then(() => {
      answered = true
    })
    await clock.advanceAsync(99)
    expect([await inner.read(), answered]).toEqual([1, false])
    await clock.advanceAsync(1)
    await added
    expect(answered).toBe(true)
  })

  it('delays the first item of a stream and a callback', async () => {
    const { clock, service } = slowed({ delayMs: 100 })
    const done: string[] = []
    const items = collect(service.items()).then((all) => done.push(`items ${all.join()}`))
    const used = service.use(async (total) => total).then((total) => done.push(`used ${total}`))
    await clock.advanceAsync(99)
    expect(done).toEqual([])
    await clock.advanceAsync(1)
    await Promise.all([items, used])
    expect(done.sort()).toEqual(['items 1,2,3', 'used 0'])
  })

  it('delays only the operations it is told', async () => {
    const { service, clock } = slowed({ delayMs: 100, operations: ['read'] })
    expect(await service.add(1)).toBe(1)
    expect(await collect(service.items())).toEqual([1, 2, 3])
    expect(clock.pendingTimers).toBe(0)
  })

  it('rejects at once when the call is aborted, without effect and without leaving a timer', async () => {
    const { clock, inner, service } = slowed({ delayMs: 100 })
    const controller = new AbortController()
    const added = service.add(1, { signal: controller.signal })
    const items = collect(service.items({ signal: AbortSignal.abort() }))
    controller.abort()
    await expect(added).rejects.toMatchObject({ code: 'CANCELLED', operation: 'add' })
    await expect(items).rejects.toMatchObject({ code: 'CANCELLED', operation: 'items' })
    expect([await inner.read(), clock.pendingTimers]).toEqual([0, 0])
  })
})
