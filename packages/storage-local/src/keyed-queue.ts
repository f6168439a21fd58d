/** Runs work one after another for each key, and for different keys at once. */
export type KeyedQueue = <T>(key: string, work: () => Promise<T>) => Promise<T>

/**
 * Makes a {@link KeyedQueue}. Writers of one process that queue here do not make each other start over, which would cost
 * a sync of the disk each time.
 */
export const createKeyedQueue = (): KeyedQueue => {
  const tails = new Map<string, Promise<unknown>>()
  return (key, work) => {
    const before = tails.get(key)
    const result = before === undefined ? work() : before.then(work, work)
    tails.set(key, result)
    const forget = (): void => {
      if (tails.get(key) === result) tails.delete(key)
    }
    result.then(forget, forget)
    return result
  }
}
