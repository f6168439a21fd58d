import { getEventListeners } from 'node:events'
import { expect, it } from 'vitest'
import { abortable, cancellationError, throwIfAborted } from './cancellation.ts'
import { HoldfastError } from './holdfast-error.ts'

const site = { source: 'test', operation: 'retrieve' }
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
const listenersOf = (signal: AbortSignal): number => getEventListeners(signal, 'abort').length

it('is CANCELLED, TIMEOUT for a timeout, and the reason itself when it is one of ours', () => {
  const closed = new HoldfastError({ ...site, code: 'CLOSED', message: 'Closed.', hint: 'None.' })
  expect(cancellationError(AbortSignal.abort(), site)).toMatchObject({ code: 'CANCELLED', operation: 'retrieve' })
  expect(cancellationError(AbortSignal.abort('why'), site)).toMatchObject({ code: 'CANCELLED' })
  expect(cancellationError(AbortSignal.abort(new DOMException('late', 'TimeoutError')), site)).toMatchObject({
    code: 'TIMEOUT',
    reason: 'DEADLINE_EXCEEDED',
  })
  expect(cancellationError(AbortSignal.abort(closed), site)).toBe(closed)
})

it('throws only for a signal that is aborted', () => {
  expect(() => throwIfAborted(undefined, site)).not.toThrow()
  expect(() => throwIfAborted(new AbortController().signal, site)).not.toThrow()
  expect(() => throwIfAborted(AbortSignal.abort(), site)).toThrow(expect.objectContaining({ code: 'CANCELLED' }))
})

it('settles like the work and leaves no listener', async () => {
  const { signal } = new AbortController()
  expect(await abortable(Promise.resolve(7), signal, site)).toBe(7)
  await expect(abortable(Promise.reject(new Error('no')), signal, site)).rejects.toThrow('no')
  await turn()
  expect(listenersOf(signal)).toBe(0)
})

it('hands the very promise through when there is no signal', () => {
  const work = Promise.resolve(1)
  expect(abortable(work, undefined, site)).toBe(work)
})

it('rejects at once when aborted, and the late failure of the work goes nowhere', async () => {
  const unhandled: unknown[] = []
  const note = (reason: unknown): void => void unhandled.push(reason)
  process.on('unhandledRejection', note)
  try {
    const controller = new AbortController()
    const work = Promise.withResolvers<never>()
    const call = abortable(work.promise, controller.signal, site)
    controller.abort()
    await expect(call).rejects.toMatchObject({ code: 'CANCELLED' })
    work.reject(new Error('late'))

    const alreadyAborted = abortable(Promise.reject(new Error('late too')), AbortSignal.abort(), site)
    await expect(alreadyAborted).rejects.toMatchObject({ code: 'CANCELLED' })
    await turn()
    expect(unhandled).toEqual([])
    expect(listenersOf(controller.signal)).toBe(0)
  } finally {
    process.off('unhandledRejection', note)
  }
})
