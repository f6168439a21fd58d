import type { Timer } from '@holdfast/contracts'
import type { RetryDecider } from './retry-decider.ts'
import { done, type OpenStream } from './stream-call.ts'

/**
 * A stream whose opening is tried again until its first item has come: after it, items would come twice. What an abort
 * means belongs to the stream (a watch ends, a listing rejects): it only ends a delay, and then the stream is opened to say so itself.
 */
export const retryStream =
  (decider: RetryDecider): OpenStream =>
  (call) => ({
    [Symbol.asyncIterator]() {
      let current: AsyncIterator<unknown> | undefined
      let opening: Promise<IteratorResult<unknown>> | undefined
      let wake: (() => void) | undefined
      let isReturned = false
      const { name, idempotent, options } = call
      const { signal, deadline } = options ?? {}

      const sleep = (delayMs: number): Promise<void> =>
        new Promise((resolve) => {
          let timer: Timer | undefined
          wake = () => {
            timer?.cancel()
            signal?.removeEventListener('abort', end)
            wake = undefined
            resolve()
          }
          const end = (): void => wake?.()
          if (signal?.aborted) return end()
          timer = decider.clock.setTimer(end, delayMs, { keepAlive: true })
          signal?.addEventListener('abort', end, { once: true })
        })
      const openFirst = async (): Promise<IteratorResult<unknown>> => {
        for (let attempt = 1; ; attempt++) {
          if (isReturned) return done
          try {
            current = call.open(options)[Symbol.asyncIterator]()
            const first = await current.next()
            decider.succeeded({ operation: name }, attempt)
            return first
          } catch (error) {
            if (isReturned || signal?.aborted) throw error
            const delayMs = decider.delayAfter(error, { operation: name, attempt, idempotent, deadline })
            if (typeof delayMs !== 'number') throw error
            current = undefined
            await sleep(delayMs)
          }
        }
      }
      return {
        next() {
          if (opening === undefined) {
            opening = openFirst()
            return opening
          }
          return opening.then(
            () => current?.next() ?? done,
            () => done,
          )
        },
        async return() {
          isReturned = true
          wake?.()
          return (await current?.return?.()) ?? done
        },
      }
    },
  })
