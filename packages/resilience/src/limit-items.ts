import { ancestorOf } from './call-attempt.ts'
import type { Execute } from './create-policy.ts'
import { done, type OpenStream } from './stream-call.ts'

/**
 * Gives each item of a stream the time of a call, counted from when it is asked for, so that a listing may take as long as
 * its reader likes and never hangs. The caller's own deadline is one for the whole. When the time is over the signal that
 * the stream was opened with is aborted. A live stream passes.
 */
export const limitItems =
  (execute: Execute): OpenStream =>
  (call) => {
    const { name, options, isLive } = call
    if (isLive) return call.open(options)
    return {
      [Symbol.asyncIterator]() {
        const controller = new AbortController()
        const { signal, deadline } = options ?? {}
        const both = signal === undefined ? controller.signal : AbortSignal.any([signal, controller.signal])
        const parent = options === undefined ? undefined : ancestorOf(options)
        let inner: AsyncIterator<unknown> | undefined
        let isOver = false

        const step = async (): Promise<IteratorResult<unknown>> => {
          inner ??= call.open({ ...options, signal: both })[Symbol.asyncIterator]()
          return inner.next()
        }
        /** Whoever is still working on an item hears that nobody waits for it. */
        const end = (error: unknown): void => {
          isOver = true
          controller.abort(error)
          Promise.resolve(inner?.return?.()).catch(() => {})
        }
        return {
          async next() {
            if (isOver) return done
            try {
              return await execute(step, { operation: name, signal, deadline }, parent)
            } catch (error) {
              end(error)
              throw error
            }
          },
          async return() {
            isOver = true
            await inner?.return?.()
            return done
          },
        }
      },
    }
  }
