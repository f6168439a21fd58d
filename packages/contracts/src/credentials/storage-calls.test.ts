import { describe, expect, it } from 'vitest'
import { HoldfastError } from '../holdfast-error.ts'
import { createCloser } from '../lifecycle.ts'
import { createStorageCalls, type StorageCalls } from './storage-calls.ts'

const subject = (): { calls: StorageCalls; close: () => Promise<void> } => {
  const closer = createCloser({ source: 'test' })
  const calls = createStorageCalls({
    source: 'test',
    closer,
    toError: (cause, { operation, id }) =>
      HoldfastError.is(cause)
        ? cause
        : new HoldfastError({
            code: 'UNAVAILABLE',
            source: 'test',
            operation,
            message: `No ${id}.`,
            hint: 'Try.',
            cause,
          }),
  })
  return { calls, close: () => closer.close({ deadlineMs: 0 }) }
}

const never = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))

describe('a call of a driver', () => {
  it('checks the id before the work, and translates what the work throws', async () => {
    const { calls } = subject()
    let sent = 0
    const work = async (): Promise<never> => {
      sent += 1
      throw new Error('down')
    }
    await expect(calls.call('store', {}, work, { id: '../x' })).rejects.toMatchObject({ reason: 'ID_INVALID' })
    expect(sent).toBe(0)
    await expect(calls.call('store', {}, work, { id: 'a' })).rejects.toMatchObject({ code: 'UNAVAILABLE' })
  })

  it('is refused when it was aborted or closed before', async () => {
    const { calls, close } = subject()
    const answer = async (): Promise<number> => 1
    await expect(calls.call('list', { signal: AbortSignal.abort() }, answer)).rejects.toMatchObject({
      code: 'CANCELLED',
    })
    await close()
    await expect(calls.call('list', {}, answer)).rejects.toMatchObject({ code: 'CLOSED' })
  })

  it('rejects at once when it is aborted, and says of a write that it may have happened', async () => {
    const { calls } = subject()
    const controller = new AbortController()
    const options = { signal: controller.signal }
    const read = calls.call('retrieve', options, never, { id: 'a' })
    const write = calls.call('store', options, never, { id: 'a', isWrite: true })
    controller.abort()
    const readError: HoldfastError = await read.catch((error) => error)
    const writeError: HoldfastError = await write.catch((error) => error)
    expect([readError.code, readError.details.outcome]).toEqual(['CANCELLED', undefined])
    expect([writeError.code, writeError.details.outcome]).toEqual(['CANCELLED', 'unknown'])
  })

  it.each([
    [true, 'unknown'],
    [false, undefined],
  ])('asks whether it was sent when it is given up (%s)', async (wasSent, outcome) => {
    const { calls } = subject()
    const controller = new AbortController()
    let isSent = false
    const about = {
      id: 'a',
      get isWrite() {
        return isSent
      },
    }
    const write = calls.call('store', { signal: controller.signal }, never, about)
    isSent = wasSent
    controller.abort()
    const error: HoldfastError = await write.catch((thrown) => thrown)
    expect([error.code, error.details.outcome]).toEqual(['CANCELLED', outcome])
  })
})

describe('a walk of a driver', () => {
  it('yields what there is, and aborts the rest when it is left', async () => {
    const { calls } = subject()
    let signal: AbortSignal | undefined
    const open = async function* (ended: AbortSignal): AsyncGenerator<number> {
      signal = ended
      yield 1
      yield 2
    }
    const seen: number[] = []
    for await (const item of calls.walk('list', {}, open)) seen.push(item)
    expect(seen).toEqual([1, 2])
    for await (const _ of calls.walk('list', {}, open)) break
    expect(signal?.aborted).toBe(true)
  })

  it('ends with the error of the step that failed, and between two steps when it is closed', async () => {
    const { calls, close } = subject()
    const failing = async function* (): AsyncGenerator<number> {
      yield 1
      throw new Error('down')
    }
    const walk = calls.walk('list', {}, failing)
    await walk.next()
    await expect(walk.next()).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    const other = calls.walk('list', {}, failing)
    await other.next()
    await close()
    await expect(other.next()).rejects.toMatchObject({ code: 'CLOSED' })
  })
})
