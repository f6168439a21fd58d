import { ancestorOf } from './call-attempt.ts'
import type { Execute } from './create-policy.ts'
import { done, type OpenStream } from './stream-call.ts'

/**
 * Treats the opening of a stream, up to its first item, as a policy treats a call. What comes later is the business of the
 * reader: a place that is held while somebody reads would be missing for what he does with each item. A live stream passes.
 */
export const guardOpening =
  (execute: Execute): OpenStream =>
  (call) => {
    const { name, key, options, isLive } = call
    if (isLive) return call.open(options)
    return {
      [Symbol.asyncIterator]() {
        let inner: AsyncIterator<unknown> | undefined
        let opening: Promise<IteratorResult<unknown>> | undefined
        let isReturned = false
        const open = async (): Promise<IteratorResult<unknown>> => {
          if (isReturned) return done
          inner = call.open(options)[Symbol.asyncIterator]()
          return inner.next()
        }
        const leave = (): Promise<unknown> => Promise.resolve(inner?.return?.())
        return {
          next() {
            if (opening !== undefined) {
              return opening.then(
                () => inner?.next() ?? done,
                () => done,
              )
            }
            // Nobody reads on after an abort.
            const onAbandoned = (): void => void leave().catch(() => {})
            const parent = options === undefined ? undefined : ancestorOf(options)
            const { signal, deadline } = options ?? {}
            opening = execute(open, { operation: name, key, signal, deadline, onAbandoned }, parent)
            return opening
          },
          async return() {
            isReturned = true
            await leave()
            return done
          },
        }
      },
    }
  }
