import { describe, expect, it } from 'vitest'
import { countingOperations, createCountingService } from '../../test/counting-service.ts'
import { collect } from '../collect.ts'
import { scriptedFailures } from './failure-plan.ts'
import { flaky } from './flaky.ts'

describe('flaky', () => {
  it('fails the call it was told, before its effect, and leaves the others alone', async () => {
    const inner = createCountingService()
    const service = flaky(
      inner,
      countingOperations,
      scriptedFailures([{ operation: 'add', call: 2, error: 'UNAVAILABLE' }]),
    )
    expect(await service.add(1)).toBe(1)
    await expect(service.add(1)).rejects.toMatchObject({ code: 'UNAVAILABLE', operation: 'add', details: {} })
    expect(await service.read()).toBe(1)
    expect(await service.add(1)).toBe(2)
    expect(service.name).toBe('counter')
    await service.close()
  })

  it('loses the answer of a call that had its effect, and says that the outcome of a write is unknown', async () => {
    const inner = createCountingService()
    const plan = scriptedFailures([{ call: 1, error: 'TIMEOUT', when: 'after' }])
    const service = flaky(inner, countingOperations, plan)
    await expect(service.add(5)).rejects.toMatchObject({ code: 'TIMEOUT', details: { outcome: 'unknown' } })
    expect(await inner.read()).toBe(5)
    await expect(service.read()).rejects.toMatchObject({ details: {} })
  })

  it('throws an error that it was given as it is', async () => {
    const error = new Error('mine')
    const service = flaky(createCountingService(), countingOperations, () => ({ error }))
    await expect(service.add(1)).rejects.toBe(error)
    await expect(service.use(async (total) => total)).rejects.toBe(error)
  })

  it('runs a callback before it loses its answer', async () => {
    const service = flaky(createCountingService(), countingOperations, () => ({ error: 'TIMEOUT', when: 'after' }))
    let ran = 0
    const work = async (): Promise<number> => ++ran
    await expect(service.use(work)).rejects.toMatchObject({ details: { outcome: 'unknown' } })
    expect(ran).toBe(1)
  })

  it.each([
    ['at its beginning', {}, []],
    ['after some items', { afterItems: 2 }, [1, 2]],
    ['at its end', { when: 'after' as const }, [1, 2, 3]],
    ['at its end when it has fewer items', { afterItems: 9 }, [1, 2, 3]],
  ])('cuts a stream off %s', async (_where, how, expected) => {
    const service = flaky(createCountingService(), countingOperations, () => ({ error: 'UNAVAILABLE', ...how }))
    const seen: number[] = []
    const read = async (): Promise<void> => {
      for await (const item of service.items()) seen.push(item)
    }
    await expect(read()).rejects.toMatchObject({ code: 'UNAVAILABLE', operation: 'items' })
    expect(seen).toEqual(expected)
  })

  it('passes a stream through that is not to fail', async () => {
    const service = flaky(createCountingService(), countingOperations, () => undefined)
    expect(await collect(service.items())).toEqual([1, 2, 3])
  })

  it('ends a stream that it has cut off, and one that is left', async () => {
    const service = flaky(createCountingService(), countingOperations, () => ({ error: 'UNAVAILABLE', afterItems: 1 }))
    const cut = service.items()[Symbol.asyncIterator]()
    expect(await cut.next()).toEqual({ done: false, value: 1 })
    await expect(cut.next()).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    expect((await cut.next()).done).toBe(true)
    const left = service.items()[Symbol.asyncIterator]()
    await left.return?.()
    expect((await left.next()).done).toBe(true)
  })
})
