import type { CallOptions } from '@holdfast/contracts'
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
    controller.abort()
    await expect(added).rejects.toMatchObject({ code: 'CANCELLED', operation: 'add' })
    expect([await inner.read(), clock.pendingTimers]).toEqual([0, 0])
  })

  it('begins to read a stream at once, and leaves what an abort does to the stream', async () => {
    const { clock, inner } = slowed({ delayMs: 100 })
    let begun = 0
    const items = async function* (options?: CallOptions): AsyncGenerator<number> {
      for (begun = 1; options?.signal?.aborted !== true; begun++) yield begun
    }
    const service = slow<CountingService, CountingService>({ ...inner, items }, countingOperations, {
      clock,
      delayMs: 100,
    })
    const controller = new AbortController()
    const iterator = service.items({ signal: controller.signal })[Symbol.asyncIterator]()
    const first = iterator.next()
    expect(begun).toBe(1)
    controller.abort()
    expect(await first).toEqual({ done: true, value: undefined })
    expect(clock.pendingTimers).toBe(0)
  })

  it('lets a stream be left while its first item is held back', async () => {
    const { clock, service } = slowed({ delayMs: 100 })
    const iterator = service.items()[Symbol.asyncIterator]()
    const first = iterator.next()
    await iterator.return?.()
    expect(clock.pendingTimers).toBe(0)
    await first
    expect((await iterator.next()).done).toBe(true)
  })
})
