/** What an event stream yields in place of events that a slow reader missed. */
export interface DroppedEvents {
  readonly dropped: number
}

/** Both sides of one stream of events: the hub pushes and ends, one reader reads. */
export interface EventStream<T> {
  /** Gives the event to the reader that waits, or keeps it for later. */
  readonly push: (event: T) => void
  /** Lets the reader have what is buffered and then ends. Nothing is taken any more. */
  readonly end: () => void
  readonly events: AsyncIterableIterator<T | DroppedEvents>
}

/** How many events a stream keeps for a slow reader before it drops the newest. */
const capacity = 1000

/**
 * Makes an {@link EventStream}; `onEnd` runs once, when either side ends it. Written by hand because the `return()` of
 * an async generator waits for a `next()` that is pending, which here may wait for ever.
 */
export const createEventStream = <T>(onEnd: () => void): EventStream<T> => {
  type Result = IteratorResult<T | DroppedEvents, undefined>
  const buffer: (T | DroppedEvents)[] = []
  const waiting: ((result: Result) => void)[] = []
  const done: Result = { done: true, value: undefined }
  let dropped = 0
  let ended = false

  /** Puts what is known of lost events behind those before them. */
  const markDropped = (): void => {
    if (dropped > 0) buffer.push({ dropped })
    dropped = 0
  }
  const end = (): void => {
    if (ended) return
    ended = true
    markDropped()
    for (const resolve of waiting.splice(0)) resolve(done)
    onEnd()
  }

  return {
    push(event) {
      if (ended) return
      const resolve = waiting.shift()
      if (resolve !== undefined) resolve({ done: false, value: event })
      else if (buffer.length >= capacity) dropped += 1
      else {
        markDropped()
        buffer.push(event)
      }
    },
    end,
    events: {
      next() {
        if (buffer.length === 0) markDropped()
        // The buffer is not empty, so shift gives an item; an event may itself be undefined.
        if (buffer.length > 0) return Promise.resolve({ done: false, value: buffer.shift() as T | DroppedEvents })
        if (ended) return Promise.resolve(done)
        return new Promise((resolve) => waiting.push(resolve))
      },
      return() {
        buffer.length = 0
        dropped = 0
        end()
        return Promise.resolve(done)
      },
      [Symbol.asyncIterator]() {
        return this
      },
    },
  }
}
