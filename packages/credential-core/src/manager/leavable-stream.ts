/**
 * Makes a stream that its reader can leave while it waits. The `return()` of an async generator answers only after the
 * `next()` that is pending, which in a watch may wait for ever. `generate` gets a signal that is aborted when the reader
 * leaves, or with one of `signals`; it must end then.
 */
export const leavableStream = <T>(
  signals: readonly (AbortSignal | undefined)[],
  generate: (ending: AbortSignal) => AsyncGenerator<T, void>,
): AsyncIterableIterator<T, void> => {
  const left = new AbortController()
  const given = signals.filter((signal) => signal !== undefined)
  const stream = generate(AbortSignal.any([left.signal, ...given]))
  const iterator: AsyncIterableIterator<T, void> = {
    next: () => stream.next(),
    return() {
      left.abort()
      return stream.return()
    },
    [Symbol.asyncIterator]: () => iterator,
  }
  return iterator
}
