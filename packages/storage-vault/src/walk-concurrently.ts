/** Something to do that yields items and finds more to do. */
export type WalkStep<T> = () => Promise<{ readonly items?: readonly T[]; readonly steps?: readonly WalkStep<T>[] }>

/**
 * Does all steps and those they lead to, at most `concurrency` at the same time, and yields what they find in the order in
 * which they finish. Steps are not begun further ahead than the reader takes. Leaving the loop begins no more; what is
 * under way is waited for. The first failure ends the walk.
 */
export const walkConcurrently = async function* <T>(
  first: readonly WalkStep<T>[],
  concurrency: number,
): AsyncGenerator<T, undefined> {
  const waiting = [...first]
  const running = new Set<Promise<void>>()
  const found: T[] = []
  let failure: { readonly error: unknown } | undefined
  const begin = (step: WalkStep<T>): void => {
    const done = step()
      .then(
        ({ items = [], steps = [] }) => {
          found.push(...items)
          // The latest first: depth before breadth keeps the list of what waits short.
          waiting.push(...steps)
        },
        (error: unknown) => {
          failure ??= { error }
        },
      )
      .finally(() => running.delete(done))
    running.add(done)
  }
  try {
    for (;;) {
      if (failure !== undefined) throw failure.error
      while (running.size < concurrency && found.length < concurrency) {
        const step = waiting.pop()
        if (step === undefined) break
        begin(step)
      }
      const item = found.shift()
      if (item !== undefined) yield item
      else if (running.size === 0 && waiting.length === 0) return undefined
      else await Promise.race(running)
    }
  } finally {
    waiting.length = 0
    await Promise.all(running)
  }
}
