/** What a layer does with one iteration of a stream. */
export interface StreamObserver {
  /** Runs the opening and each step of the stream, in the context that belongs to it. */
  run<T>(work: () => T): T
  /** Called once, when the stream has ended, has failed, or was left before its end. */
  ended(items: number, outcome: StreamOutcome): void
}

/** How an iteration was over. */
export type StreamOutcome = { readonly kind: 'done' | 'left' } | { readonly kind: 'failed'; readonly error: unknown }

/**
 * The same stream, observed from its first `next()` until it has ended. What was called but is never iterated is not
 * observed, because nothing would ever end it; what is refused where it is called is observed as a failure. Each iteration
 * has an observer of its own.
 */
export const observeStream = (
  open: () => AsyncIterable<unknown>,
  begin: () => StreamObserver,
): AsyncIterable<unknown> => {
  try {
    return observed(open(), begin)
  } catch (error) {
    const observer = begin()
    try {
      return observer.run(() => {
        throw error
      })
    } finally {
      observer.ended(0, { kind: 'failed', error })
    }
  }
}

const observed = (stream: AsyncIterable<unknown>, begin: () => StreamObserver): AsyncIterable<unknown> => ({
  [Symbol.asyncIterator]() {
    let observer: StreamObserver | undefined
    let iterator: AsyncIterator<unknown> | undefined
    let items = 0
    let hasEnded = false

    const end = (outcome: StreamOutcome): void => {
      if (hasEnded) return
      hasEnded = true
      observer?.ended(items, outcome)
    }
    const opened = (): AsyncIterator<unknown> => (iterator ??= stream[Symbol.asyncIterator]())
    /** A step of an iterator, which may throw instead of rejecting. */
    const step = async (take: () => Promise<IteratorResult<unknown>>): Promise<IteratorResult<unknown>> => {
      try {
        return await (observer === undefined ? take() : observer.run(take))
      } catch (error) {
        end({ kind: 'failed', error })
        throw error
      }
    }
    return {
      async next() {
        observer ??= begin()
        const result = await step(() => opened().next())
        if (result.done === true) end(done)
        else items += 1
        return result
      },
      async return(value?: unknown) {
        const result = await step(async () => (await iterator?.return?.(value)) ?? { done: true, value })
        end(left)
        return result
      },
    }
  },
})

const done: StreamOutcome = { kind: 'done' }
const left: StreamOutcome = { kind: 'left' }
