import { expect, it } from 'vitest'
import type { Clock } from './clock.ts'
import { HoldfastError } from './holdfast-error.ts'
import { createCloser, defaultCloseDeadlineMs } from './lifecycle.ts'

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
const never = (): Promise<never> => new Promise(() => {})

/** A clock whose timers fire when the test says so. */
const createManualClock = () => {
  const timers = new Map<() => void, { readonly delayMs: number; readonly keepAlive: boolean }>()
  const clock: Clock = {
    wallNow: () => 0,
    monotonicNow: () => 0,
    setTimer(callback, delayMs, { keepAlive = false } = {}) {
      timers.set(callback, { delayMs, keepAlive })
      return { cancel: () => void timers.delete(callback) }
    },
  }
  return {
    clock,
    timers,
    fire: () => {
      for (const callback of [...timers.keys()]) {
        timers.delete(callback)
        callback()
      }
    },
  }
}

const createTestCloser = (release?: () => Promise<void> | void) => {
  const manual = createManualClock()
  const released: string[] = []
  const closer = createCloser({
    source: 'storage-test',
    clock: manual.clock,
    release: async () => {
      released.push('released')
      await release?.()
    },
  })
  return { ...manual, closer, released }
}

it('closes at once when nothing is in flight, without a timer', async () => {
  const { closer, released, timers } = createTestCloser()
  expect(closer.isClosed).toBe(false)
  await closer.close()
  expect([closer.isClosed, released.length, timers.size, closer.closing.aborted]).toEqual([true, 1, 0, true])
  expect(closer.expired.aborted).toBe(false)
})

it('refuses calls after close with CLOSED, naming the call', async () => {
  const { closer } = createTestCloser()
  closer.throwIfClosed('retrieve')
  const closing = closer.close()
  let ran = false
  const late = closer.run('retrieve', async () => {
    ran = true
  })
  await expect(late).rejects.toMatchObject({ code: 'CLOSED', source: 'storage-test', operation: 'retrieve' })
  expect(() => closer.throwIfClosed('list')).toThrow(expect.objectContaining({ code: 'CLOSED', operation: 'list' }))
  await closing
  expect(ran).toBe(false)
})

it('waits for calls in flight, takes the timer back and releases after the last one', async () => {
  const { closer, released, timers } = createTestCloser()
  const first = Promise.withResolvers<number>()
  const second = Promise.withResolvers<never>()
  const calls = [closer.run('store', () => first.promise), closer.run('store', () => second.promise)]
  const settled = Promise.allSettled(calls)
  const closing = closer.close()
  expect([...timers.values()]).toEqual([{ delayMs: defaultCloseDeadlineMs, keepAlive: true }])
  first.resolve(7)
  await turn()
  expect(released).toEqual([])
  second.reject(new Error('no'))
  await closing
  expect(released).toEqual(['released'])
  expect(timers.size).toBe(0)
  expect(closer.expired.aborted).toBe(false)
  expect(await settled).toMatchObject([{ value: 7 }, { reason: { message: 'no' } }])
})

it('rejects what is still in flight at the deadline with CLOSED, and closes though it never settles', async () => {
  const { closer, released, fire } = createTestCloser()
  const call = closer.run('store', never)
  const closing = closer.close({ deadlineMs: 10 })
  await turn()
  expect(released).toEqual([])
  fire()
  await expect(call).rejects.toMatchObject({ code: 'CLOSED', operation: 'store', details: { outcome: 'unknown' } })
  await closing
  const late: unknown = await closer.run('store', never).catch((error: unknown) => error)
  expect(HoldfastError.is(late, 'CLOSED') && late.details).toEqual({})
  expect(released).toEqual(['released'])
  expect(closer.expired.aborted).toBe(true)
  expect(HoldfastError.is(closer.expired.reason, 'CLOSED')).toBe(true)
})

it('ignores what a call does after the deadline has rejected it', async () => {
  const { closer, released, fire } = createTestCloser()
  const late = Promise.withResolvers<void>()
  const call = closer.run('store', () => late.promise)
  const closing = closer.close()
  fire()
  await expect(call).rejects.toMatchObject({ code: 'CLOSED' })
  await closing
  late.reject(new Error('late'))
  await turn()
  expect(released).toEqual(['released'])
})

it('gives the same promise to everyone who closes, and releases once', async () => {
  const { closer, released } = createTestCloser()
  const closing = closer.close()
  expect(closer.close({ deadlineMs: 0 })).toBe(closing)
  expect(closer[Symbol.asyncDispose]()).toBe(closing)
  await closing
  expect(closer.close()).toBe(closing)
  expect(released).toEqual(['released'])
})

it('is closed already for a listener of `closing`, which may close again', async () => {
  const { closer, released } = createTestCloser()
  const seen: unknown[] = []
  closer.closing.addEventListener('abort', () => {
    seen.push(closer.isClosed)
    closer.run('store', async () => 1).catch((error: unknown) => seen.push(HoldfastError.is(error, 'CLOSED')))
    const first = closer.close()
    seen.push(first === closer.close())
  })
  await closer.close()
  await turn()
  expect(seen).toEqual([true, true, true])
  expect(released).toEqual(['released'])
})

it('rejects with what release throws, in every call of close', async () => {
  const { closer, released } = createTestCloser(() => {
    throw new Error('cannot release')
  })
  await expect(closer.close()).rejects.toThrow('cannot release')
  await expect(closer.close()).rejects.toThrow('cannot release')
  expect(released).toHaveLength(1)
})

it('hands 0 and Infinity to the clock as they are', async () => {
  for (const deadlineMs of [0, Number.POSITIVE_INFINITY]) {
    const { closer, timers, fire } = createTestCloser()
    const call = closer.run('store', never)
    const closing = closer.close({ deadlineMs })
    expect([...timers.values()]).toEqual([{ delayMs: deadlineMs, keepAlive: true }])
    fire()
    await expect(call).rejects.toMatchObject({ code: 'CLOSED' })
    await closing
  }
})

it.each([Number.NaN, -1])('refuses a deadline of %d and stays open', async (deadlineMs) => {
  const { closer, released } = createTestCloser()
  await expect(closer.close({ deadlineMs })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
  expect([closer.isClosed, released.length]).toEqual([false, 0])
  await closer.close()
})

it('rejects for a call that throws, and forgets it', async () => {
  const { closer, timers } = createTestCloser()
  const call = closer.run('store', () => {
    throw new Error('thrown')
  })
  await expect(call).rejects.toThrow('thrown')
  await closer.close()
  expect(timers.size).toBe(0)
})

it('works without options, on the real clock', async () => {
  const closer = createCloser({ source: 'storage-test' })
  const call = closer.run('store', never)
  const rejected = expect(call).rejects.toMatchObject({ code: 'CLOSED' })
  await closer.close({ deadlineMs: 0 })
  await rejected
})

it('lets hundreds of watches listen for the end without a warning', async () => {
  const warnings: Error[] = []
  const note = (warning: Error): void => void warnings.push(warning)
  process.on('warning', note)
  const { closer } = createTestCloser()
  for (let index = 0; index < 200; index++) closer.closing.addEventListener('abort', () => {})
  await turn()
  process.off('warning', note)
  expect(warnings).toEqual([])
})
